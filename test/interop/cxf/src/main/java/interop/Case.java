package interop;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Properties;

/**
 * A captured answer, NAME.xml, and what must hold of it, NAME.properties:
 * <ul>
 * <li>keys: pairs of an id and a secret in base64; the id is a context's Identifier, or base64 of an EncryptedKey's SHA-1
 * <li>signed: `yes` if every header block, the Timestamp and the Body must be, `no` over TLS
 * <li>encrypted: which of `Body` and `Signature` must be
 * <li>confirmed: the values of the request's signatures, if the answer must repeat them
 * <li>algorithms: URIs of all that may occur
 * <li>now: when it was received
 * <li>vintage: there if it is of April 2004
 * <li>refused: there if the answer was altered, and must not pass
 * </ul>
 */
record Case(String name, Path answer, Properties facts) {

    static Case read(Path file) throws IOException {
        Properties facts = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            facts.load(reader);
        }
        String name = file.getFileName().toString().replaceFirst("\\.properties$", "");
        return new Case(name, file.resolveSibling(name + ".xml"), facts);
    }

    /** Null if the case does not know it. */
    byte[] key(String id) {
        List<String> keys = list("keys");
        for (int at = 0; at < keys.size(); at += 2) {
            if (keys.get(at).equals(id)) {
                return Base64.getDecoder().decode(keys.get(at + 1));
            }
        }
        return null;
    }

    String fact(String fact) {
        String value = facts.getProperty(fact);
        if (value == null) {
            throw new IllegalArgumentException(fact + " is missing");
        }
        return value.trim();
    }

    List<String> list(String fact) {
        String value = fact(fact);
        return value.isEmpty() ? List.of() : List.of(value.split("\\s+"));
    }

    boolean signed() {
        return fact("signed").equals("yes");
    }

    Instant now() {
        return Instant.parse(fact("now"));
    }
}
