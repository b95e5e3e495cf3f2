package muster.agent.node;

import java.io.IOException;

/** A node cannot start on this host; the message says why and what to do. */
public final class CannotStart extends Exception {
    private static final long serialVersionUID = 1;

    public CannotStart(String message) {
        super(message);
    }

    /** The end of a message about an address that cannot be bound: what to do about it. {@code flag} sets the address. */
    public static String remedy(IOException e, String flag) {
        return String.valueOf(e.getMessage()).contains("in use")
                ? ". Is another agent running there? Stop it, or choose another port with " + flag + " IP:PORT"
                : ". Choose an address of this machine with " + flag + " IP:PORT";
    }
}
