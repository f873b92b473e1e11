package interop;

import jakarta.xml.soap.SOAPConstants;
import jakarta.xml.soap.SOAPFault;
import jakarta.xml.ws.soap.SOAPFaultException;
import java.util.Iterator;
import javax.xml.namespace.QName;
import org.apache.cxf.binding.soap.SoapFault;

/** Which fault a client saw: in SOAP 1.1 the code itself, in SOAP 1.2 the subcode. */
final class Faults {
    private Faults() {
    }

    static QName code(SOAPFaultException exception) {
        SOAPFault fault = exception.getFault();
        if (SOAPConstants.URI_NS_SOAP_1_1_ENVELOPE.equals(fault.getNamespaceURI())) {
            return fault.getFaultCodeAsQName();
        }
        Iterator<QName> subcodes = fault.getFaultSubcodes();
        return subcodes.hasNext() ? subcodes.next() : fault.getFaultCodeAsQName();
    }

    static void expect(String local, Report.Check call) throws Exception {
        try {
            call.run();
        } catch (SOAPFaultException fault) {
            if (code(fault).getLocalPart().equals(local)) {
                return;
            }
            throw fault;
        } catch (IllegalStateException told) {
            // as CXF's own client of the token service has it
            if (told.getCause() instanceof SoapFault fault && seen(fault).getLocalPart().equals(local)) {
                return;
            }
            throw told;
        }
        throw new IllegalStateException("answered, where " + local + " was expected");
    }

    private static QName seen(SoapFault fault) {
        return fault.getSubCode() == null ? fault.getFaultCode() : fault.getSubCode();
    }
}
