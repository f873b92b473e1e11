package interop;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import org.apache.wss4j.common.crypto.Merlin;

/** The throw-away PKI of a farm: `ca`, `service` and `alice`, as PEM files in a folder. */
final class Party {
    static final String PASSWORD = "password";

    private Party() {
    }

    /** Who has the private key of `own` (none if null), believes in `ca`, and knows the service's certificate. */
    static Merlin crypto(Path folder, String own) throws GeneralSecurityException, IOException {
        KeyStore store = trust(folder);
        store.setCertificateEntry("service", certificate(folder, "service"));
        if (own != null) {
            store.setKeyEntry(own, privateKey(folder, own), PASSWORD.toCharArray(), new Certificate[] {certificate(folder, own)});
        }
        Merlin crypto = new Merlin();
        crypto.setKeyStore(store);
        crypto.setTrustStore(trust(folder));
        return crypto;
    }

    /** For the JDK's TLS, which reads a file. */
    static void trustOverTls(Path folder) throws GeneralSecurityException, IOException {
        Path file = Files.createTempFile("interop-trust", ".p12");
        file.toFile().deleteOnExit();
        try (OutputStream out = Files.newOutputStream(file)) {
            trust(folder).store(out, PASSWORD.toCharArray());
        }
        System.setProperty("javax.net.ssl.trustStore", file.toString());
        System.setProperty("javax.net.ssl.trustStorePassword", PASSWORD);
        System.setProperty("javax.net.ssl.trustStoreType", "PKCS12");
    }

    private static KeyStore trust(Path folder) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("ca", certificate(folder, "ca"));
        return store;
    }

    private static Certificate certificate(Path folder, String name) throws GeneralSecurityException, IOException {
        byte[] pem = Files.readAllBytes(folder.resolve(name + ".pem"));
        return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem));
    }

    private static PrivateKey privateKey(Path folder, String name) throws GeneralSecurityException, IOException {
        String pem = Files.readString(folder.resolve(name + ".key"));
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
    }
}
