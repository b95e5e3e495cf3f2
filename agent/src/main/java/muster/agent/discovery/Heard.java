package muster.agent.discovery;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import muster.agent.discovery.DnsMessage.Instance;
import muster.agent.discovery.DnsMessage.Place;
import muster.agent.discovery.DnsMessage.Port;
import muster.gossip.Address;
import muster.gossip.wire.Bytes;

/** What others have answered to one question. */
final class Heard {
    static final int ENTRIES_MAX = 4_096; // about a thousand members; one network segment has fewer hosts

    private final DnsName service;
    private final Set<DnsName> instances = new HashSet<>();
    private final Map<DnsName, Port> ports = new HashMap<>();
    private final Map<DnsName, Set<Bytes>> places = new HashMap<>();
    private int entries;

    Heard(DnsName service) {
        this.service = service;
    }

    /** What one packet says, all its entries together or in several packets. False if some were too many. */
    boolean take(DnsMessage message) {
        if (!message.response()) {
            return true;
        }
        for (DnsMessage.Entry entry : message.entries()) {
            if (entries >= ENTRIES_MAX) {
                return false;
            }
            entries++;
            switch (entry) {
                case Instance it when it.owner().equals(service) -> instances.add(it.instance());
                case Port it -> ports.put(it.owner(), it);
                case Place it ->
                    places.computeIfAbsent(it.owner(), _ -> new LinkedHashSet<>())
                            .add(it.ip());
                default -> {}
            }
        }
        for (DnsMessage.Entry entry : message.gone()) {
            if (entry instanceof Instance it && it.owner().equals(service)) {
                instances.remove(it.instance());
            }
        }
        return true;
    }

    /** How much was taken. */
    int size() {
        return entries;
    }

    /** Where members of the cluster are, as far as it is known. */
    Set<Address> found() {
        var found = new LinkedHashSet<Address>();
        for (DnsName instance : instances) {
            Port port = ports.get(instance);
            if (port != null && port.port() > 0) {
                places.getOrDefault(port.host(), Set.of()).forEach(ip -> found.add(new Address(ip, port.port())));
            }
        }
        return found;
    }
}
