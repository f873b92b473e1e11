package interop;

import jakarta.xml.ws.Dispatch;
import jakarta.xml.ws.Service;
import java.io.Closeable;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.xml.namespace.QName;
import javax.xml.transform.Source;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.stream.StreamResult;
import javax.xml.transform.stream.StreamSource;
import org.apache.cxf.endpoint.Endpoint;
import org.apache.cxf.jaxws.DispatchImpl;
import org.apache.cxf.ws.security.tokenstore.SecurityToken;
import org.apache.cxf.ws.security.tokenstore.TokenStore;
import org.apache.wss4j.common.crypto.Crypto;
import org.apache.wss4j.common.ext.WSPasswordCallback;

/** One port of a published WSDL and CXF's conversation with it; address and policy are what the WSDL says. */
final class Conversation implements Closeable {
    private final Dispatch<Source> port;

    Conversation(Service service, QName name, String credential, Path certificates) throws Exception {
        port = service.createDispatch(name, Source.class, Service.Mode.PAYLOAD);
        set("find.dispatch.operation", true);
        set("thread.local.request.context", false);
        CallbackHandler passwords = Conversation::givePasswords;
        set("security.callback-handler.sct", passwords);
        Crypto crypto = Party.crypto(certificates, credential.equals("x509") ? "alice" : null);
        set("security.encryption.crypto.sct", crypto);
        set("security.encryption.username.sct", "service");
        if (credential.equals("x509")) {
            set("security.signature.crypto.sct", crypto);
            set("security.signature.username.sct", "alice");
        } else if (credential.equals("username")) {
            set("security.username.sct", "alice");
        }
    }

    void set(String property, Object value) {
        Map<String, Object> context = port.getRequestContext();
        context.put(property, value);
    }

    void ping(String text) throws Exception {
        Source answer = port.invoke(new StreamSource(new StringReader(
            "<w:PingRequest xmlns:w='http://WSSec/wssc'><Ping xmlns='http://xmlsoap.org/Ping'><scenario>interop</scenario>"
            + "<origin>CXF</origin><text>" + text + "</text></Ping></w:PingRequest>")));
        StringWriter written = new StringWriter();
        TransformerFactory.newInstance().newTransformer().transform(answer, new StreamResult(written));
        if (!written.toString().contains("CXF : " + text + "<")) {
            throw new IllegalStateException("unexpected answer: " + written);
        }
    }

    /** As CXF keeps it; changes to it are changes of what CXF sends next. */
    SecurityToken token() {
        Endpoint endpoint = ((DispatchImpl<?>) port).getClient().getEndpoint();
        TokenStore store = (TokenStore) endpoint.getEndpointInfo().getProperty(TokenStore.class.getName());
        // beside it CXF keeps the EncryptedKeys of the bootstrap
        return store.getTokenIdentifiers().stream().map(store::getToken)
            .filter(token -> token != null && token.getToken() != null && "SecurityContextToken".equals(token.getToken().getLocalName()))
            .max(Comparator.comparing(SecurityToken::getExpires))
            .orElseThrow(() -> new IllegalStateException("no conversation is open"));
    }

    @Override
    public void close() {
        try {
            ((Closeable) port).close();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void givePasswords(Callback[] callbacks) {
        for (Callback callback : callbacks) {
            if (callback instanceof WSPasswordCallback wanted) {
                wanted.setPassword(wanted.getUsage() == WSPasswordCallback.USERNAME_TOKEN ? "ecilA" : Party.PASSWORD);
            }
        }
    }
}
