package muster.balancing;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import muster.balancing.Announcement.Presence;
import muster.balancing.Announcement.Service;

/** A fleet of one pool "web" in which tests move nodes and time. */
final class Scene {
    static final long SECOND = 1_000_000_000L;
    static final long MILLI = 1_000_000L;

    final FleetBuilder builder;
    final TreeMap<String, Announcement> nodes = new TreeMap<>();
    final Random random;
    long now = 1_000 * SECOND;

    Scene(BalancingSettings settings, long seed) {
        builder = new FleetBuilder(settings);
        random = new Random(seed);
    }

    Scene() {
        this(BalancingSettings.DEFAULTS, 42);
    }

    Scene with(String node, int weight) {
        return says(node, Presence.ALIVE, service(weight, "", false));
    }

    Scene says(String node, Presence presence, Service... services) {
        nodes.put(node, new Announcement(node, "10.0.0.1", new TreeMap<>(), presence, List.of(services)));
        builder.apply(nodes.values(), now);
        return this;
    }

    Scene presence(String node, Presence presence) {
        return says(node, presence, nodes.get(node).services().toArray(Service[]::new));
    }

    Scene without(String node) {
        nodes.remove(node);
        builder.apply(nodes.values(), now);
        return this;
    }

    static Service service(int weight, String check, boolean draining) {
        return new Service(
                "web",
                3000,
                "http",
                check,
                weight,
                draining ? Announcement.Condition.DRAINING : Announcement.Condition.READY);
    }

    Pool pool() {
        return builder.fleet().pool("web");
    }

    Backend backend(String node) {
        return pool().backends().stream()
                .filter(each -> each.node().equals(node))
                .findFirst()
                .orElseThrow();
    }

    Scene later(long nanos) {
        now += nanos;
        return this;
    }

    Backend pick(Picker picker) {
        return pool().pick(picker, now, random, List.of(), true);
    }

    /** How often each node is picked, requests ending at once. */
    TreeMap<String, Integer> counts(Picker picker, int picks) {
        var counts = new TreeMap<String, Integer>();
        for (int i = 0; i < picks; i++) {
            counts.merge(pick(picker).node(), 1, Integer::sum);
        }
        return counts;
    }

    List<String> order(int picks) {
        var order = new ArrayList<String>();
        for (int i = 0; i < picks; i++) {
            order.add(pick(Picker.ROUND_ROBIN).node());
        }
        return order;
    }
}
