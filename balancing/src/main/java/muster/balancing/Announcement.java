package muster.balancing;

import java.util.List;
import java.util.SortedMap;

/**
 * What one node offers, from whatever source: the neutral input of balancing.
 *
 * @param node unique name of the node
 * @param host where to connect, a literal address
 * @param tags all tags, for people and templates
 */
public record Announcement(
        String node, String host, SortedMap<String, String> tags, Presence presence, List<Service> services) {

    /** What membership says of the node. */
    public enum Presence {
        ALIVE,
        SUSPECT,
        /** It said that it is about to go. */
        LEAVING,
        /** It is gone, because it wanted to or was told to. */
        LEFT,
        /** It is gone without a word. */
        FAILED;

        public boolean isGone() {
            return this == LEFT || this == FAILED;
        }
    }

    /** What the node itself says of a service. */
    public enum Condition {
        READY,
        /** It fails the check of its node: only for requests that nobody better is left for. */
        UNREADY,
        /** No new requests, please; those in flight finish. */
        DRAINING
    }

    /**
     * One service on that node. An instance is always valid; untrusted text goes through {@link ServiceTag}.
     *
     * @param name the pool it belongs to: 1 to 64 letters, digits, {@code . _ -}
     * @param port 1 to 65535
     * @param protocol "http" or "tcp"
     * @param checkPath HTTP health path, or "" for none
     * @param weight 0 to 1000; 10 is usual
     */
    public record Service(String name, int port, String protocol, String checkPath, int weight, Condition condition) {
        public Service {
            if (!ServiceTag.isName(name)) {
                throw new IllegalArgumentException("service name \"" + name + "\" must be 1 to "
                        + ServiceTag.NAME_CHARS_MAX + " letters, digits, '.', '_' or '-'");
            }
            if (port < 1 || port > 65_535) {
                throw new IllegalArgumentException("port " + port + " of " + name + " must be from 1 to 65535");
            }
            if (!protocol.equals("http") && !protocol.equals("tcp")) {
                throw new IllegalArgumentException("protocol \"" + protocol + "\" of " + name + " must be http or tcp");
            }
            if (!checkPath.isEmpty() && !ServiceTag.isCheckPath(checkPath)) {
                throw new IllegalArgumentException("check path \"" + checkPath + "\" of " + name
                        + " must begin with / and have at most " + ServiceTag.PATH_CHARS_MAX
                        + " visible ASCII characters without ; and #");
            }
            if (weight < 0 || weight > ServiceTag.WEIGHT_MAX) {
                throw new IllegalArgumentException(
                        "weight " + weight + " of " + name + " must be from 0 to " + ServiceTag.WEIGHT_MAX);
            }
        }
    }
}
