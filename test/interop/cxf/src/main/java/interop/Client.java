package interop;

import jakarta.xml.ws.Service;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.wss4j.dom.engine.WSSConfig;

/**
 * Apache CXF as a client of every port of every WSDL that it is told of; it enforces their policies on every answer.
 *
 * Usage: Client CERTS, with a line a service on standard input (see {@link Published}). Prints a line a check, then the
 * sums; exit status 1 if one failed, or there was none.
 */
public final class Client {
    private Client() {
    }

    public static void main(String[] arguments) throws Exception {
        Path certificates = Path.of(arguments[0]);
        Party.trustOverTls(certificates);
        WSSConfig.init();
        Report report = new Report();
        BufferedReader matrix = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = matrix.readLine(); line != null; line = matrix.readLine()) {
            Published published = Published.parse(line);
            List<Published.Port> ports = new ArrayList<>();
            report.check(published.name() + " WSDL", () -> ports.addAll(published.read()));
            for (Published.Port port : ports) {
                for (String asked : published.asked()) {
                    String name = published.name() + " " + port.name().getLocalPart() + " " + asked;
                    report.check(name, () -> ask(published, port, asked, certificates));
                }
            }
        }
        System.exit(report.end());
    }

    private static void ask(Published published, Published.Port port, String asked, Path certificates) throws Exception {
        Service service = Service.create(published.wsdl(), port.service());
        try (Conversation conversation = new Conversation(service, port.name(), published.credential(), certificates)) {
            Asked.ALL.get(asked).of(conversation);
        }
    }
}
