package muster.templating;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import muster.balancing.Announcement;
import muster.balancing.Backend;
import muster.balancing.BalancingSettings;
import muster.balancing.Fleet;
import muster.balancing.FleetBuilder;
import muster.balancing.Pool;

/**
 * What a template sees.
 *
 * <pre>
 *   name            of the pool
 *   services.NAME   name, addresses                                    by name; only those that somebody offers
 *   addresses       of all services, or of the pool alone: service, host, label, ip, port, address, protocol, check, weight,
 *                   state, ready, draining, tags                       by service, host, ip, port
 *   members         name, ip, state, tags, services                    by name
 * </pre>
 *
 * {@code host} is the node's name and {@code label} the same as a name that every configuration takes, unique within the
 * service. Who has left or failed is in {@code members} alone. Equal announcements give equal models, in whatever order
 * they come.
 */
public final class Model {
    static final String ADDRESSES = "addresses";
    private static final String USUAL_POOL = "web";

    private final List<Announcement> announcements;
    private final String pool;
    private final boolean poolAlone;

    private Model(List<Announcement> announcements, String pool, boolean poolAlone) {
        this.announcements = announcements;
        this.pool = pool;
        this.poolAlone = poolAlone;
    }

    /** Of all nodes that are known; also those that offer nothing. The pool is {@code web}. */
    public static Model of(Collection<Announcement> announcements) {
        return new Model(
                announcements.stream()
                        .sorted(Comparator.comparing(Announcement::node).thenComparing(Announcement::host))
                        .toList(),
                USUAL_POOL,
                false);
    }

    /**
     * The same for another pool.
     *
     * @param alone whether {@code addresses} has those of this pool alone; {@code services} and {@code members} stay whole
     */
    public Model forPool(String name, boolean alone) {
        return new Model(announcements, name, alone);
    }

    /** Of whom, by name. */
    public List<Announcement> announcements() {
        return announcements;
    }

    /** Whether anybody offers anything. */
    public boolean hasBackends() {
        return announcements.stream()
                .anyMatch(each -> !each.presence().isGone() && !each.services().isEmpty());
    }

    /** The services under {@code addresses}, by name: those that somebody who is there offers. */
    public SortedSet<String> servicesInAddresses() {
        return announcements.stream()
                .filter(each -> !each.presence().isGone())
                .flatMap(each -> each.services().stream())
                .map(Announcement.Service::name)
                .filter(this::isInAddresses)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private boolean isInAddresses(String service) {
        return !poolAlone || service.equals(pool);
    }

    /** Without these nodes. */
    Model without(Set<String> nodes) {
        return new Model(
                announcements.stream()
                        .filter(announcement -> !nodes.contains(announcement.node()))
                        .toList(),
                pool,
                poolAlone);
    }

    Facts facts() {
        Fleet fleet = new FleetBuilder(BalancingSettings.DEFAULTS).apply(announcements, 0);
        Map<String, Facts> tags = new HashMap<>();
        announcements.forEach(each -> tags.putIfAbsent(each.node(), tags(each)));
        var services = Facts.open();
        var all = new ArrayList<Facts>();
        for (Pool each : fleet.pools().values()) {
            List<Facts> addresses = addresses(each, tags);
            if (!addresses.isEmpty()) {
                services.with(
                        each.name(), Facts.closed().with("name", each.name()).with(ADDRESSES, addresses));
                if (isInAddresses(each.name())) {
                    all.addAll(addresses);
                }
            }
        }
        return Facts.closed()
                .with("name", pool)
                .with("services", services)
                .with(ADDRESSES, List.copyOf(all))
                .with(
                        "members",
                        announcements.stream().map(each -> member(each, tags)).toList());
    }

    private static List<Facts> addresses(Pool pool, Map<String, Facts> tags) {
        List<Backend> backends = offered(pool);
        Map<String, Long> perNode =
                backends.stream().collect(Collectors.groupingBy(Backend::node, TreeMap::new, Collectors.counting()));
        var addresses = new ArrayList<Facts>(backends.size());
        for (Backend backend : backends) {
            String node = backend.node();
            addresses.add(Facts.closed()
                    .with("service", pool.name())
                    .with("host", said(node, "name", node))
                    .with("label", label(backend, perNode.getOrDefault(node, 0L) > 1))
                    .with("ip", ip(node, backend.host()))
                    .with("port", backend.port())
                    .with("address", address(backend))
                    .with("protocol", backend.protocol())
                    .with("check", said(node, "check path of " + pool.name(), backend.checkPath()))
                    .with("weight", backend.weight())
                    .with("state", backend.state().name().toLowerCase(Locale.ROOT))
                    .with("ready", backend.state() == Backend.State.READY)
                    .with("draining", backend.state() == Backend.State.DRAINING)
                    .with("tags", tags.getOrDefault(node, Facts.open())));
        }
        return addresses;
    }

    /** Without those that are unready, unless nobody better is left. */
    private static List<Backend> offered(Pool pool) {
        boolean hasBetter = pool.backends().stream().anyMatch(backend -> backend.weight() > 0 && isBetter(backend));
        return pool.backends().stream()
                .filter(backend -> switch (backend.state()) {
                    case GONE -> false;
                    case UNREADY -> !hasBetter;
                    case READY, JOINING, SUSPECT, EJECTED, DRAINING -> true;
                })
                .toList();
    }

    private static boolean isBetter(Backend backend) {
        return switch (backend.state()) {
            case READY, JOINING, SUSPECT, EJECTED -> true;
            case UNREADY, DRAINING, GONE -> false;
        };
    }

    private static Facts member(Announcement announcement, Map<String, Facts> tags) {
        String node = announcement.node();
        return Facts.closed()
                .with("name", said(node, "name", node))
                .with("ip", ip(node, announcement.host()))
                // One word for both: what is rendered must not change when a failed member is made to leave.
                .with(
                        "state",
                        announcement.presence().isGone()
                                ? "gone"
                                : announcement.presence().name().toLowerCase(Locale.ROOT))
                .with("tags", tags.getOrDefault(node, Facts.open()))
                .with(
                        "services",
                        announcement.services().stream()
                                .map(Announcement.Service::name)
                                .sorted()
                                .distinct()
                                .toList());
    }

    private static Facts tags(Announcement announcement) {
        var tags = Facts.open();
        SortedMap<String, String> sorted = new TreeMap<>(announcement.tags());
        sorted.forEach((key, value) -> tags.with(
                said(announcement.node(), "name of the tag '" + Origin.printable(key) + "'", key),
                said(announcement.node(), "tag '" + Origin.printable(key) + "'", value)));
        return tags;
    }

    private static Foreign said(String node, String what, String text) {
        return new Foreign(text, Origin.ofNode(node, what));
    }

    /** What is an address in form is nobody's word any more: no program takes it for anything else. */
    private static CharSequence ip(String node, String host) {
        return isLiteral(host) ? host : new Foreign(host, Origin.ofNode(node, "address"), isName(host));
    }

    private static CharSequence address(Backend backend) {
        String host = backend.host();
        String endpoint = (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + backend.port();
        return isLiteral(host)
                ? endpoint
                : new Foreign(endpoint, Origin.ofNode(backend.node(), "address"), isName(host));
    }

    /** Of a host; nothing that some program takes for a socket file, a descriptor or a variable. */
    private static boolean isName(String host) {
        return isPlain(host) && Character.isLetterOrDigit(host.charAt(0));
    }

    private static boolean isLiteral(String host) {
        if (!host.chars().allMatch(c -> c == '.' || c == ':' || (c < 0x80 && Character.digit(c, 16) >= 0))) {
            return false; // also one with a zone, which is a name of that machine's own
        }
        try {
            InetAddress.ofLiteral(host);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * The node's name where it is one to every program and the node has one address; else what is left of it, a colon,
     * which no plain one has, and a hash that another node cannot have too.
     */
    private static String label(Backend backend, boolean several) {
        String node = backend.node();
        if (!several && isPlain(node)) {
            return node;
        }
        var left = new StringBuilder();
        for (int i = 0; i < Math.min(node.length(), 40); i++) {
            char c = node.charAt(i);
            left.append(isPlain(c) ? c : '_');
        }
        return left + ":" + hash(node + '\n' + backend.host() + '\n' + backend.port());
    }

    private static boolean isPlain(String name) {
        return !name.isEmpty() && name.length() <= 128 && name.chars().allMatch(c -> isPlain((char) c));
    }

    private static boolean isPlain(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '_'
                || c == '.';
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
