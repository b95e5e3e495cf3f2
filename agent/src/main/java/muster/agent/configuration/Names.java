package muster.agent.configuration;

import java.nio.charset.StandardCharsets;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message;

/** Which names can be. Each check throws {@link IllegalArgumentException} with the remedy. */
public final class Names {
    private static final int SERVICE_LENGTH_MAX = 63; // as a DNS label, so that names can become host names

    private static final int LABEL_BYTES_MAX = 63; // of the DNS
    private static final int CLUSTER_BYTES_MAX =
            128; // with a member's name in front it must stay below 255, which the DNS allows

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

    /** What members look for by {@code -discover}: with {@code _serf_} before it a part of a name in the DNS. */
    public static void cluster(String name) {
        boolean fits = name.getBytes(StandardCharsets.UTF_8).length <= CLUSTER_BYTES_MAX;
        for (String label : ("_serf_" + name).split("\\.", -1)) {
            fits &= !label.isEmpty() && label.getBytes(StandardCharsets.UTF_8).length <= LABEL_BYTES_MAX;
        }
        if (!fits) {
            throw new IllegalArgumentException("'" + name + "' cannot be a name in the DNS: it may have "
                    + CLUSTER_BYTES_MAX + " bytes, and " + LABEL_BYTES_MAX + " between two dots, with _serf_ in front");
        }
    }
}
