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
        GONE
    }

    /**
     * One service on that node.
     *
     * @param name the pool it belongs to
     * @param protocol "http" or "tcp"
     * @param checkPath HTTP health path, or "" for none
     * @param weight 0 to 1000; 10 is usual
     * @param draining no new requests, please; those in flight finish
     */
    public record Service(String name, int port, String protocol, String checkPath, int weight, boolean draining) {}
}
