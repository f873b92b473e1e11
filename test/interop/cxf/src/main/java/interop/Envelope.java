package interop;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** A SOAP message's parts. */
record Envelope(Document document, Element header, Element security, Element body) {
    static final String WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
    static final String WSSE11 = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd";
    static final String WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
    static final String DS = "http://www.w3.org/2000/09/xmldsig#";
    static final String XENC = "http://www.w3.org/2001/04/xmlenc#";

    static Envelope read(Path file) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        try (InputStream in = Files.newInputStream(file)) {
            Document document = factory.newDocumentBuilder().parse(in);
            Element envelope = document.getDocumentElement();
            String soap = envelope.getNamespaceURI();
            Element header = only(envelope, soap, "Header");
            return new Envelope(document, header, only(header, WSSE, "Security"), only(envelope, soap, "Body"));
        }
    }

    static List<Element> children(Element parent) {
        List<Element> found = new ArrayList<>();
        for (Node child = parent.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child instanceof Element element) {
                found.add(element);
            }
        }
        return found;
    }

    static List<Element> children(Element parent, String namespace, String local) {
        return children(parent).stream()
            .filter(child -> local.equals(child.getLocalName()) && namespace.equals(child.getNamespaceURI())).toList();
    }

    static Element only(Element parent, String namespace, String local) {
        List<Element> found = children(parent, namespace, local);
        if (found.size() != 1) {
            throw new IllegalStateException(found.size() + " " + local + " in " + parent.getLocalName());
        }
        return found.get(0);
    }

    /** What a receiver relies on: every header block but Security itself, Timestamp, confirmations, Body. */
    List<Element> parts() {
        List<Element> parts = new ArrayList<>(children(header).stream().filter(block -> block != security).toList());
        parts.add(only(security, WSU, "Timestamp"));
        parts.addAll(children(security, WSSE11, "SignatureConfirmation"));
        parts.add(body);
        return parts;
    }

    boolean has(Element parent, String namespace, String local) {
        return !children(parent, namespace, local).isEmpty();
    }
}
