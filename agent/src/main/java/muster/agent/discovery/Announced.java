package muster.agent.discovery;

import java.nio.charset.StandardCharsets;
import java.util.List;
import muster.agent.discovery.DnsMessage.Entry;
import muster.agent.discovery.DnsMessage.Instance;
import muster.agent.discovery.DnsMessage.Place;
import muster.agent.discovery.DnsMessage.Port;
import muster.agent.discovery.DnsMessage.Question;
import muster.agent.discovery.DnsMessage.Text;
import muster.gossip.Address;
import org.jspecify.annotations.Nullable;

/** What this member answers when others look for the cluster: Serf's records. */
final class Announced {
    private static final DnsName ALL_SERVICES = DnsName.of("_services._dns-sd._udp.local");

    private final DnsName service;
    private final DnsName instance;
    private final List<Entry> entries;

    Announced(String cluster, String node, Address advertised) {
        service = service(cluster);
        instance = service.under(label(node));
        entries = List.of(
                new Instance(service, instance),
                new Port(instance, advertised.port(), instance),
                new Place(instance, advertised.ip()),
                new Text(instance, "Serf '" + cluster + "' cluster"));
    }

    /** Throws {@link IllegalArgumentException} where a cluster of that name cannot be looked for. */
    static DnsName service(String cluster) {
        return DnsName.of("_serf_" + cluster + "._tcp.local");
    }

    /** As much of it as goes into one label; two that begin alike for so long differ in their ends. */
    private static String label(String node) {
        byte[] bytes = node.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= DnsName.LABEL_BYTES_MAX) {
            return node;
        }
        String end = "-" + Integer.toHexString(node.hashCode());
        int kept = DnsName.LABEL_BYTES_MAX - end.length();
        while ((bytes[kept] & 0xc0) == 0x80) { // not within a character
            kept--;
        }
        return new String(bytes, 0, kept, StandardCharsets.UTF_8) + end;
    }

    /** Who is looked for. */
    DnsMessage question() {
        return new DnsMessage(0, false, List.of(new Question(service, DnsMessage.TYPE_PTR, false)), List.of());
    }

    /**
     * This member is here no more. Only that there is one of its name: Serf joins what it hears a place of, and its rest is of
     * use to nobody without.
     */
    DnsMessage goodbye() {
        return new DnsMessage(0, true, List.of(), List.of(), List.of(entries.getFirst()));
    }

    /** Null when nothing in it asks for us. {@code whole}: the asker does not know multicast DNS, it wants its question back. */
    @Nullable
    DnsMessage answer(DnsMessage query, boolean whole) {
        if (query.response()) {
            return null;
        }
        for (Question question : query.questions()) {
            List<Entry> answer = answer(question);
            if (!answer.isEmpty()) {
                return new DnsMessage(whole ? query.id() : 0, true, whole ? List.of(question) : List.of(), answer);
            }
        }
        return null;
    }

    private List<Entry> answer(Question question) {
        boolean any = question.type() == DnsMessage.TYPE_ANY;
        if (question.name().equals(service) && (any || question.type() == DnsMessage.TYPE_PTR)) {
            return entries;
        }
        if (question.name().equals(instance)) { // Serf's command of old asks for a PTR here, and takes what comes
            return entries.subList(1, entries.size());
        }
        if (question.name().equals(ALL_SERVICES) && (any || question.type() == DnsMessage.TYPE_PTR)) {
            return List.of(new Instance(ALL_SERVICES, service));
        }
        return List.of();
    }
}
