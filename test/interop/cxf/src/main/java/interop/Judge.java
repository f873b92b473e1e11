package interop;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.wss4j.common.crypto.Crypto;
import org.apache.wss4j.dom.engine.WSSConfig;

/**
 * Says of captured answers whether WSS4J can decrypt and verify them, and whether what must be protected is.
 *
 * Usage: Judge FOLDER CERTS. A line an answer, then the sums; exit status 1 if one did not pass, or there was none.
 */
public final class Judge {
    private Judge() {
    }

    public static void main(String[] arguments) throws Exception {
        WSSConfig.init();
        Path folder = Path.of(arguments[0]);
        Crypto crypto = Party.crypto(Path.of(arguments[1]), "alice");
        Report report = new Report();
        for (Path file : facts(folder)) {
            Case answer = Case.read(file);
            report.check(answer.name(), () -> judge(answer, crypto));
        }
        System.exit(report.end());
    }

    private static void judge(Case answer, Crypto crypto) throws Exception {
        Verdict verdict = new Verdict(answer, crypto);
        if (!answer.facts().containsKey("refused")) {
            verdict.pass();
            return;
        }
        try {
            verdict.pass();
        } catch (Exception refused) {
            return;
        }
        throw new IllegalStateException("passes, though it was altered");
    }

    private static List<Path> facts(Path folder) throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".properties")).sorted().collect(Collectors.toList());
        }
    }
}
