package interop;

import jakarta.xml.ws.soap.SOAPFaultException;
import java.util.ArrayList;
import java.util.List;

/** Prints a line a check, `ok NAME` or `FAILED NAME: why`, and at the end the sums. */
final class Report {
    private int passed;
    private int failed;

    interface Check {
        void run() throws Exception;
    }

    void check(String name, Check check) {
        try {
            check.run();
            passed++;
            System.out.println("ok      " + name);
        } catch (Exception | LinkageError failure) {
            failed++;
            System.out.println("FAILED  " + name + ": " + describe(failure).replace('\n', ' '));
        }
    }

    /** Returns the exit status: 1 if a check failed, or there was none. */
    int end() {
        System.out.println(passed + " passed, " + failed + " failed");
        return failed == 0 && passed > 0 ? 0 : 1;
    }

    private static String describe(Throwable failure) {
        List<String> chain = new ArrayList<>();
        for (Throwable cause = failure; cause != null && chain.size() < 4; cause = cause.getCause()) {
            String code = cause instanceof SOAPFaultException fault ? " [" + Faults.code(fault) + "]" : "";
            chain.add(cause.getClass().getSimpleName() + ": " + cause.getMessage() + code);
        }
        return String.join(" <- ", chain);
    }
}
