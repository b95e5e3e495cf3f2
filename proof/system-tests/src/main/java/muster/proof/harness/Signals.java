package muster.proof.harness;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Signals that {@link Process} cannot send. */
public final class Signals {

    private Signals() {}

    /**
     * Sends a signal to one process; nothing happens when it is gone already.
     *
     * @param signal its name without SIG: TERM, INT, STOP, CONT, KILL
     */
    public static void send(String signal, long pid) {
        try {
            new ProcessBuilder("kill", "-s", signal, Long.toString(pid))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run kill", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while sending " + signal + " to " + pid, e);
        }
    }
}
