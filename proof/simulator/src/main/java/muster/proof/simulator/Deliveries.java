package muster.proof.simulator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import muster.gossip.Notice;

/**
 * Whom each user event has reached, and whom it has yet to reach: every member that lived when it was sent and lives still, as
 * long as somebody lives who was told of it. Not one that joined with a clock beyond the event's time: what was before its
 * join, by the clock of the events, is not for it (protocol fact: {@code ignoreOld} of Serf's join).
 */
final class Deliveries {
    /** An event and, by their names, the lives that were there when it was sent and that were told of it. */
    private record Sent(long time, Map<String, Integer> audience, Map<String, Integer> told) {}

    private final Cluster cluster;
    private final Map<String, Sent> events = new TreeMap<>();

    Deliveries(Cluster cluster) {
        this.cluster = cluster;
    }

    /** The first one who is told is who sends it. */
    void told(Node node, Notice.UserEventSeen event) {
        events.computeIfAbsent(event.payload().utf8(), payload -> new Sent(event.time(), audience(), new HashMap<>()))
                .told()
                .put(node.name, node.life);
    }

    private Map<String, Integer> audience() {
        var audience = new TreeMap<String, Integer>();
        for (Node node : cluster.nodes()) {
            if (node.on() && !node.leaving) {
                audience.put(node.name, node.life);
            }
        }
        return audience;
    }

    /** Who was not told yet of what; empty when nobody waits. */
    String outstanding() {
        List<String> all = new ArrayList<>();
        events.forEach((payload, event) -> {
            if (event.told().entrySet().stream().anyMatch(this::lives)) {
                event.audience().entrySet().stream()
                        .filter(one -> lives(one)
                                && !one.getValue().equals(event.told().get(one.getKey())))
                        .filter(one ->
                                event.time() >= cluster.node(one.getKey()).notes().eventsFrom)
                        .forEach(one ->
                                all.add(one.getKey() + " was not told of \"" + payload + "\", time " + event.time()));
            }
        });
        return String.join("; ", all);
    }

    private boolean lives(Map.Entry<String, Integer> one) {
        Node node = cluster.node(one.getKey());
        return node.life == one.getValue() && node.on() && !node.leaving;
    }
}
