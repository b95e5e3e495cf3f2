package muster.agent.configuration;

import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message;

/** Which names can be. Each check throws {@link IllegalArgumentException} with the remedy. */
public final class Names {
    private static final int SERVICE_LENGTH_MAX = 63; // as a DNS label, so that names can become host names

    /** What {@link #isService} asks for, for messages. */
    static final String SERVICE_FORM =
            "a name is 1 to " + SERVICE_LENGTH_MAX + " letters, digits, dots, dashes or underscores";

    private Names() {}

    /** Of a node; empty stands for the host's name. Serf's members take any text, so only what would harm is refused. */
    public static void node(String name) {
        int bytes = Bytes.utf8(name).size();
        if (bytes > Message.NAME_BYTES_MAX) {
            throw new IllegalArgumentException("a node name of " + bytes + " bytes: use at most "
                    + Message.NAME_BYTES_MAX + ", all that the protocol has room for");
        }
    }

    /** Whether every program that shows or stores node names can be expected to: letters, digits, dashes and dots. */
    public static boolean isPlain(String node) {
        return node.matches("[A-Za-z0-9.-]+");
    }

    /** Of a service, and so of a pool. */
    public static void service(String name) {
        if (!isService(name)) {
            throw new IllegalArgumentException("'" + name + "': " + SERVICE_FORM);
        }
    }

    static boolean isService(String name) {
        return name.length() <= SERVICE_LENGTH_MAX && name.matches("[A-Za-z0-9._-]+");
    }
}
