package interop;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.apache.cxf.ws.security.tokenstore.SecurityToken;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What is asked of a port, by the name that the matrix has for it. */
interface Asked {
    /** @param conversation not yet open */
    void of(Conversation conversation) throws Exception;

    Map<String, Asked> ALL = Map.of("calls", Asked::calls, "cancel", Asked::cancel, "no-cancel", Asked::refusedCancel, "renew", Asked::renew,
        "expired", Asked::expired, "unknown", Asked::unknown);

    private static void calls(Conversation conversation) throws Exception {
        for (int call = 0; call < 3; call++) {
            conversation.ping("ping " + call);
        }
    }

    /** Whoever saw a token could end it, if a Cancel that proves nobody were obeyed. */
    private static void refusedCancel(Conversation conversation) throws Exception {
        Faults.expect("FailedAuthentication", () -> cancel(conversation));
    }

    /** CXF cancels after the first answer, and tells nobody but its log if that fails. */
    private static void cancel(Conversation conversation) throws Exception {
        conversation.set("security.sts.token.do.cancel", true);
        Logger log = Logger.getLogger("org.apache.cxf.ws.security.trust.STSClient");
        Throwable[] failure = new Throwable[1];
        Handler watch = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                failure[0] = entry.getThrown() == null ? failure[0] : entry.getThrown();
            }

            @Override
            public void flush() {
            }

            @Override
            public void close() {
            }
        };
        log.setLevel(Level.WARNING);
        log.setUseParentHandlers(false);
        log.addHandler(watch);
        try {
            conversation.ping("cancelled after this");
        } finally {
            log.removeHandler(watch);
        }
        if (failure[0] != null) {
            throw new IllegalStateException("Cancel", failure[0]);
        }
    }

    /** The token's life is a few seconds: CXF renews it before the next call. A second Issue would be no renewal. */
    private static void renew(Conversation conversation) throws Exception {
        conversation.set("security.issue.after.failed.renew", false);
        conversation.ping("issued");
        SecurityToken issued = conversation.token();
        String id = issued.getId();
        byte[] key = issued.getSecret().clone();
        for (int renewal = 1; renewal <= 2; renewal++) {
            awaitExpiry(conversation.token());
            conversation.ping("renewed " + renewal);
            SecurityToken renewed = conversation.token();
            if (!renewed.getId().equals(id) || first(renewed, "Instance") == null) {
                throw new IllegalStateException("not the same context renewed, but " + renewed.getId());
            }
            if (Arrays.equals(renewed.getSecret(), key)) {
                throw new IllegalStateException("renewed without a new key");
            }
            key = renewed.getSecret().clone();
        }
    }

    /** A client whose clock is slow goes on with a token that has expired. */
    private static void expired(Conversation conversation) throws Exception {
        conversation.ping("in time");
        SecurityToken token = conversation.token();
        awaitExpiry(token);
        token.setExpires(Instant.now().plus(Duration.ofHours(1)));
        Faults.expect("RenewNeeded", () -> conversation.ping("too late"));
    }

    /** What stands in for the state is of another farm, or broken. */
    private static void unknown(Conversation conversation) throws Exception {
        conversation.ping("known");
        Element token = conversation.token().getToken();
        Element state = (Element) token.getLastChild();
        state.setTextContent(state.getTextContent().replaceFirst(".{8}$", "AAAAAAAA"));
        Faults.expect("BadContextToken", () -> conversation.ping("unknown"));
    }

    private static void awaitExpiry(SecurityToken token) throws InterruptedException {
        Thread.sleep(Math.max(0, Duration.between(Instant.now(), token.getExpires()).toMillis()) + 200);
    }

    private static Element first(SecurityToken token, String local) {
        NodeList found = token.getToken().getElementsByTagNameNS("*", local);
        return (Element) found.item(0);
    }
}
