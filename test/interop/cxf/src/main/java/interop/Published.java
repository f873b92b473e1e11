package interop;

import java.net.URI;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import javax.wsdl.Definition;
import javax.wsdl.factory.WSDLFactory;
import javax.wsdl.xml.WSDLReader;
import javax.xml.namespace.QName;

/**
 * A service of the farm, as a line of the matrix tells: name, URL of its WSDL, credential (anonymous, username or x509),
 * how many ports the WSDL must have, and what is asked of each, separated by blanks; the latter by commas.
 */
record Published(String name, URL wsdl, String credential, int ports, List<String> asked) {

    record Port(QName service, QName name) {
    }

    static Published parse(String line) throws Exception {
        String[] fields = line.trim().split("\\s+");
        if (fields.length != 5) {
            throw new IllegalArgumentException("no line of a matrix: " + line);
        }
        return new Published(fields[0], URI.create(fields[1]).toURL(), fields[2], Integer.parseInt(fields[3]), List.of(fields[4].split(",")));
    }

    /** What the gateway publishes. */
    List<Port> read() throws Exception {
        WSDLReader reader = WSDLFactory.newInstance().newWSDLReader();
        reader.setFeature("javax.wsdl.verbose", false);
        Definition definition = reader.readWSDL(wsdl.toString());
        List<Port> found = new ArrayList<>();
        for (Object each : definition.getAllServices().values()) {
            javax.wsdl.Service service = (javax.wsdl.Service) each;
            for (Object port : service.getPorts().keySet()) {
                found.add(new Port(service.getQName(), new QName(service.getQName().getNamespaceURI(), (String) port)));
            }
        }
        if (found.size() != ports) {
            throw new IllegalStateException(found.size() + " ports instead of " + ports);
        }
        return found;
    }
}
