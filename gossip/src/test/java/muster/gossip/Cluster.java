package muster.gossip;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;
import muster.gossip.wire.Bytes;

/**
 * Several members in virtual time, in one thread: datagrams and streams take a millisecond and may be lost or cut. Small,
 * for tests of the protocol; the large simulator with its faults and invariants is a program of its own.
 */
final class Cluster {
    private static final long DELAY = 1_000_000;

    private final Random random;
    private final UnaryOperator<Settings> settings;
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final PriorityQueue<Step> steps = new PriorityQueue<>();
    private long now = 1_000_000_000L;
    private long order;
    private double loss;
    private BiPredicate<String, String> connected = (from, to) -> true;
    private final Digest trace = new Digest();
    private long datagrams;

    Cluster(long seed) {
        this(seed, UnaryOperator.identity());
    }

    Cluster(long seed, UnaryOperator<Settings> settings) {
        this.random = new Random(seed);
        this.settings = settings;
    }

    private record Step(long at, long order, Runnable action) implements Comparable<Step> {
        @Override
        public int compareTo(Step other) {
            int byTime = Long.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    /** Both ends of one stream. */
    private record Stream(Node from, long fromId, Node to, long toId) {}

    /** One member and what it told. */
    final class Node {
        final String name;
        final Address address;
        final Gossip gossip;
        final List<String> story = new ArrayList<>();
        final List<String> log = new ArrayList<>();
        final List<Notice> notices = new ArrayList<>();
        private final Map<Long, Stream> streams = new LinkedHashMap<>();
        private long accepted;
        private boolean running = true;
        private boolean frozen;
        private long planned = Long.MAX_VALUE;
        private final List<Runnable> meanwhile = new ArrayList<>();

        Node(String name, Address address, Settings settings) {
            this.name = name;
            this.address = address;
            this.gossip = new Gossip(settings, new Random(random.nextLong()), now);
            plan();
        }

        void tell(Input input) {
            if (!running) {
                return;
            }
            if (frozen) {
                meanwhile.add(() -> tell(input));
                return;
            }
            gossip.on(now, input, this::obey);
            plan();
        }

        private void plan() {
            if (frozen || !running) {
                return;
            }
            long next = Math.max(now, gossip.nextDeadline());
            if (gossip.nextDeadline() != Long.MAX_VALUE && next < planned) {
                planned = next;
                at(next, () -> {
                    if (planned == next) {
                        planned = Long.MAX_VALUE;
                        if (gossip.nextDeadline() <= now) {
                            tell(new Input.Deadline());
                        }
                        plan();
                    }
                });
            }
        }

        private void obey(Effect effect) {
            trace.add(now)
                    .add(name)
                    .add(effect instanceof Effect.SendDatagram sent ? sent.payload() : Bytes.utf8(effect.toString()));
            switch (effect) {
                case Effect.SendDatagram(Address to, Bytes payload) -> {
                    datagrams++;
                    if (payload.size() > 1_400) {
                        throw new AssertionError("a datagram of " + payload.size() + " bytes");
                    }
                    Node target = at(to);
                    if (target != null && connected.test(name, target.name) && random.nextDouble() >= loss) {
                        later(() -> target.tell(new Input.Datagram(address, payload)));
                    }
                }
                case Effect.OpenStream(long stream, Address to) -> later(() -> open(stream, to));
                case Effect.WriteStream(long stream, Bytes bytes) -> {
                    Stream both = streams.get(stream);
                    if (both != null) {
                        later(() -> other(both).tell(new Input.StreamBytes(otherId(both), bytes)));
                    }
                }
                case Effect.CloseStream(long stream) -> {
                    Stream both = streams.remove(stream);
                    if (both != null) {
                        later(() -> other(both).end(otherId(both)));
                    }
                }
                case Effect.Notify(Notice notice) -> {
                    notices.add(notice);
                    String word = Subject.word(notice);
                    if (!word.isEmpty()) {
                        story.add(word);
                    }
                    if (notice instanceof Notice.Logged logged) {
                        log.add(logged.line());
                    }
                }
                case Effect.Measured measured -> {}
            }
        }

        private void open(long stream, Address to) {
            Node target = at(to);
            if (target == null || !connected.test(name, target.name) || !connected.test(target.name, name)) {
                tell(new Input.StreamClosed(stream, "connection refused"));
                return;
            }
            long id = --target.accepted;
            var both = new Stream(this, stream, target, id);
            streams.put(stream, both);
            target.streams.put(id, both);
            target.tell(new Input.StreamAccepted(id, address));
            tell(new Input.StreamConnected(stream));
        }

        private Node other(Stream both) {
            return both.from == this ? both.to : both.from;
        }

        private long otherId(Stream both) {
            return both.from == this ? both.toId : both.fromId;
        }

        private void end(long stream) {
            if (streams.remove(stream) != null) {
                tell(new Input.StreamClosed(stream, ""));
            }
        }

        Member.Status sees(String other) {
            Member member = gossip.member(other);
            return member == null ? Member.Status.NONE : member.status();
        }
    }

    private void at(long time, Runnable action) {
        steps.add(new Step(time, order++, action));
    }

    private void later(Runnable action) {
        at(now + DELAY, action);
    }

    private Node at(Address address) {
        for (Node node : nodes.values()) {
            if (node.running && node.address.equals(address)) {
                return node;
            }
        }
        return null;
    }

    /** Starts a member; one of the same name that runs already is killed before. */
    Node start(String name, int address) {
        kill(name);
        Address at = Subject.address(address);
        var node = new Node(name, at, settings.apply(Settings.of(name, at, new TreeMap<>())));
        nodes.remove(name);
        nodes.put(name, node);
        return node;
    }

    /** Members n1 to n(count), all joined through n1, and time for all to meet. */
    Cluster of(int count) {
        for (int i = 1; i <= count; i++) {
            start("n" + i, i);
            if (i > 1) {
                join("n" + i, 1);
            }
        }
        return runs(Duration.ofSeconds(15));
    }

    Cluster join(String name, int address) {
        node(name).tell(new Input.Join(1, Subject.address(address), false));
        return this;
    }

    Node node(String name) {
        return nodes.get(name);
    }

    Cluster kill(String name) {
        Node node = nodes.get(name);
        if (node != null) {
            node.running = false;
        }
        return this;
    }

    Cluster freeze(String name) {
        node(name).frozen = true;
        return this;
    }

    /** What arrived meanwhile is handed in first, as a socket's buffer would. */
    Cluster thaw(String name) {
        Node node = node(name);
        node.frozen = false;
        List.copyOf(node.meanwhile).forEach(Runnable::run);
        node.meanwhile.clear();
        node.plan();
        return this;
    }

    Cluster loses(double share) {
        loss = share;
        return this;
    }

    Cluster cut(BiPredicate<String, String> connection) {
        connected = connection;
        return this;
    }

    Cluster heal() {
        return cut((from, to) -> true);
    }

    Cluster runs(Duration time) {
        long until = now + time.toNanos();
        while (!steps.isEmpty() && steps.peek().at <= until) {
            Step step = steps.remove();
            now = step.at;
            step.action.run();
        }
        now = until;
        return this;
    }

    /** Runs until that is so; gives the seconds it took. Fails after the limit. */
    double until(Duration limit, java.util.function.BooleanSupplier condition) {
        long start = now;
        while (!condition.getAsBoolean()) {
            if (now - start > limit.toNanos()) {
                throw new AssertionError("not within " + limit);
            }
            runs(Duration.ofMillis(10));
        }
        return (now - start) / 1e9;
    }

    List<Node> running() {
        return nodes.values().stream().filter(node -> node.running).toList();
    }

    /** All running members see the same: all of them alive, and nobody else. */
    boolean agreed() {
        Set<String> names = new LinkedHashSet<>();
        running().forEach(node -> names.add(node.name));
        return running().stream().allMatch(node -> {
            Set<String> alive = new LinkedHashSet<>();
            node.gossip.members().stream()
                    .filter(member -> member.status() == Member.Status.ALIVE && !member.suspect())
                    .forEach(member -> alive.add(member.name()));
            return alive.equals(names);
        });
    }

    long trace() {
        return trace.value();
    }

    long datagrams() {
        return datagrams;
    }
}
