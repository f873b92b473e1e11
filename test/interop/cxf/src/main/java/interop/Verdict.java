package interop;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.security.auth.callback.Callback;
import org.apache.wss4j.common.crypto.AlgorithmSuite;
import org.apache.wss4j.common.crypto.Crypto;
import org.apache.wss4j.common.ext.WSPasswordCallback;
import org.apache.wss4j.dom.WSConstants;
import org.apache.wss4j.dom.WSDataRef;
import org.apache.wss4j.dom.engine.WSSConfig;
import org.apache.wss4j.dom.engine.WSSecurityEngine;
import org.apache.wss4j.dom.engine.WSSecurityEngineResult;
import org.apache.wss4j.dom.handler.RequestData;
import org.apache.wss4j.dom.handler.WSHandlerResult;
import org.apache.wss4j.dom.message.token.SignatureConfirmation;
import org.w3c.dom.Element;

/** WSS4J's engine reads an answer as a client's would; then its results are held against the facts. */
final class Verdict {
    private final Case answer;
    private final Crypto crypto;

    Verdict(Case answer, Crypto crypto) {
        this.answer = answer;
        this.crypto = crypto;
    }

    void pass() throws Exception {
        Envelope envelope = Envelope.read(answer.answer());
        mustBeHidden(envelope);
        if (answer.facts().containsKey("vintage")) {
            mustCover(envelope, new Vintage(answer, envelope).open());
            return;
        }
        WSHandlerResult results = new WSSecurityEngine().processSecurityHeader(envelope.security(), request());
        if (envelope.document().getElementsByTagNameNS(Envelope.XENC, "EncryptedData").getLength() > 0) {
            throw new IllegalStateException("something was not decrypted");
        }
        mustCover(envelope, signed(results));
        mustConfirm(results);
    }

    private RequestData request() {
        RequestData data = new RequestData();
        WSSConfig config = WSSConfig.getNewInstance();
        config.setCurrentTime(answer::now);
        data.setWssConfig(config);
        data.setSigVerCrypto(crypto);
        data.setDecCrypto(crypto);
        data.setCallbackHandler(this::giveKeys);
        data.setAlgorithmSuite(algorithms());
        // who compares them is the one who knows the request: below
        data.setEnableSignatureConfirmation(false);
        return data;
    }

    private void giveKeys(Callback[] callbacks) {
        for (Callback callback : callbacks) {
            if (callback instanceof WSPasswordCallback wanted) {
                byte[] key = answer.key(wanted.getIdentifier());
                if (key != null) {
                    wanted.setKey(key);
                } else if (wanted.getUsage() == WSPasswordCallback.DECRYPT) {
                    wanted.setPassword(Party.PASSWORD);
                }
            }
        }
    }

    /** Every kind of algorithm from one list: a URI means one kind alone. */
    private AlgorithmSuite algorithms() {
        AlgorithmSuite suite = new AlgorithmSuite();
        for (String uri : answer.list("algorithms")) {
            suite.addSignatureMethod(uri);
            suite.addDigestAlgorithm(uri);
            suite.addC14nAlgorithm(uri);
            suite.addTransformAlgorithm(uri);
            suite.addEncryptionMethod(uri);
            suite.addKeyWrapAlgorithm(uri);
            suite.addDerivedKeyAlgorithm(uri);
        }
        return suite;
    }

    private void mustBeHidden(Envelope envelope) {
        List<String> encrypted = answer.list("encrypted");
        List<Element> content = Envelope.children(envelope.body());
        boolean bodyHidden = content.size() == 1 && "EncryptedData".equals(content.get(0).getLocalName());
        if (bodyHidden != encrypted.contains("Body")) {
            throw new IllegalStateException("the Body is " + (bodyHidden ? "" : "not ") + "encrypted");
        }
        boolean signatureShown = envelope.has(envelope.security(), Envelope.DS, "Signature");
        if (signatureShown == encrypted.contains("Signature") && answer.signed()) {
            throw new IllegalStateException("the Signature is " + (signatureShown ? "not " : "") + "encrypted");
        }
    }

    private static List<Element> signed(WSHandlerResult results) {
        List<Element> signed = new ArrayList<>();
        for (WSSecurityEngineResult result : of(results, WSConstants.SIGN)) {
            Object references = result.get(WSSecurityEngineResult.TAG_DATA_REF_URIS);
            for (Object reference : (List<?>) references) {
                signed.add(((WSDataRef) reference).getProtectedElement());
            }
        }
        return signed;
    }

    private void mustCover(Envelope envelope, List<Element> signed) {
        Set<String> open = new TreeSet<>();
        for (Element part : envelope.parts()) {
            if (!signed.contains(part)) {
                open.add(part.getLocalName());
            }
        }
        if (answer.signed() ? !open.isEmpty() : !signed.isEmpty()) {
            throw new IllegalStateException(answer.signed() ? "not signed: " + open : "signed, over TLS");
        }
    }

    private void mustConfirm(WSHandlerResult results) {
        Set<String> confirmed = new TreeSet<>();
        for (WSSecurityEngineResult result : of(results, WSConstants.SC)) {
            var confirmation = (SignatureConfirmation) result.get(WSSecurityEngineResult.TAG_SIGNATURE_CONFIRMATION);
            confirmed.add(Base64.getEncoder().encodeToString(confirmation.getSignatureValue()));
        }
        if (!confirmed.equals(new TreeSet<>(answer.list("confirmed")))) {
            throw new IllegalStateException("confirms " + confirmed);
        }
    }

    private static List<WSSecurityEngineResult> of(WSHandlerResult results, int action) {
        return results.getActionResults().getOrDefault(action, List.of());
    }
}
