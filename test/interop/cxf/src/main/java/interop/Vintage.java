package interop;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.apache.wss4j.common.derivedKey.P_SHA1;
import org.apache.xml.security.encryption.XMLCipher;
import org.apache.xml.security.signature.XMLSignature;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * WS-SecureConversation of April 2004, which WSS4J does not know: its derivation of keys, and Apache Santuario for what
 * is encrypted and signed with them.
 */
final class Vintage {
    static final String SC = "http://schemas.xmlsoap.org/ws/2004/04/sc";
    private static final String DEFAULT_LABEL = "WS-SecureConversationWS-SecureConversation";

    private final Case answer;
    private final Envelope envelope;

    Vintage(Case answer, Envelope envelope) {
        this.answer = answer;
        this.envelope = envelope;
        markIds(envelope.document().getDocumentElement());
    }

    /** Returns the elements that the signature covers. */
    List<Element> open() throws Exception {
        NodeList found = envelope.document().getElementsByTagNameNS(Envelope.XENC, "EncryptedData");
        while (found.getLength() > 0) {
            Element data = (Element) found.item(0);
            SecretKey key = keyOf(data);
            mustBeKnown(Envelope.only(data, Envelope.XENC, "EncryptionMethod").getAttribute("Algorithm"));
            XMLCipher cipher = XMLCipher.getInstance();
            cipher.init(XMLCipher.DECRYPT_MODE, key);
            cipher.doFinal(envelope.document(), data);
            found = envelope.document().getElementsByTagNameNS(Envelope.XENC, "EncryptedData");
        }
        markIds(envelope.document().getDocumentElement());
        Element element = Envelope.only(envelope.security(), Envelope.DS, "Signature");
        XMLSignature signature = new XMLSignature(element, "");
        mustBeKnown(signature.getSignedInfo().getSignatureMethodURI());
        if (!signature.checkSignatureValue(keyOf(element))) {
            throw new IllegalStateException("the signature is not right");
        }
        List<Element> covered = new ArrayList<>();
        for (int at = 0; at < signature.getSignedInfo().getLength(); at++) {
            String uri = signature.getSignedInfo().item(at).getURI();
            covered.add(envelope.document().getElementById(uri.substring(1)));
        }
        return covered;
    }

    private void mustBeKnown(String algorithm) {
        if (!answer.list("algorithms").contains(algorithm)) {
            throw new IllegalStateException("not of the suite: " + algorithm);
        }
    }

    private SecretKey keyOf(Element protector) throws Exception {
        return new SecretKeySpec(secret(Envelope.only(protector, Envelope.DS, "KeyInfo")), "AES");
    }

    /** Of what a KeyInfo or a DerivedKeyToken refers to: a derived key here, or a secret that the case knows. */
    private byte[] secret(Element holder) throws Exception {
        Element reference = Envelope.children(Envelope.only(holder, Envelope.WSSE, "SecurityTokenReference")).get(0);
        String uri = reference.hasAttribute("URI") ? reference.getAttribute("URI") : reference.getTextContent().trim();
        byte[] known = answer.key(uri);
        if (known != null) {
            return known;
        }
        Element token = envelope.document().getElementById(uri.replaceFirst("^#", ""));
        if (token == null || !SC.equals(token.getNamespaceURI()) || !"DerivedKeyToken".equals(token.getLocalName())) {
            throw new IllegalStateException("no key " + uri);
        }
        return derive(token);
    }

    private byte[] derive(Element token) throws Exception {
        int length = Integer.parseInt(text(token, "Length", "32"));
        int offset = Integer.parseInt(text(token, "Offset", "0")) + Integer.parseInt(text(token, "Generation", "0")) * length;
        ByteArrayOutputStream seed = new ByteArrayOutputStream();
        seed.writeBytes(text(token, "Label", DEFAULT_LABEL).getBytes(StandardCharsets.UTF_8));
        seed.writeBytes(Base64.getDecoder().decode(text(token, "Nonce", null)));
        return new P_SHA1().createKey(secret(token), seed.toByteArray(), offset, length);
    }

    private static String text(Element token, String local, String otherwise) {
        return Envelope.children(token).stream().filter(child -> local.equals(child.getLocalName()))
            .map(child -> child.getTextContent().trim()).findFirst().orElse(otherwise);
    }

    private static void markIds(Element element) {
        if (element.hasAttributeNS(Envelope.WSU, "Id")) {
            element.setIdAttributeNS(Envelope.WSU, "Id", true);
        }
        for (Element child : Envelope.children(element)) {
            markIds(child);
        }
    }
}
