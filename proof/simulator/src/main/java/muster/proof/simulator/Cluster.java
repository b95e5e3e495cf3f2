package muster.proof.simulator;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import muster.gossip.Input;
import muster.gossip.Member;
import muster.gossip.Settings;
import muster.gossip.Timing;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Keyring;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of members m1, m2 … in virtual time. Set it up, then {@link #run} it; the first action brings the members up
 * and lets them find each other. Every event is followed by the checks of {@link Invariants}; what breaks one throws
 * {@link Violation}. Used by one thread.
 */
public final class Cluster {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private static final Duration SETTLE_MAX = Duration.ofMinutes(3);

    private final Seed seed;
    private final Agenda agenda = new Agenda();
    private final Trace trace = new Trace();
    private final SplittableRandom topology;
    private final Processes processes;
    private final Shell shell;
    private final Sightings sightings;
    private final Deliveries deliveries;
    private final Agreement agreement;

    private int wanted = 3;
    private Weather weather = Weather.CALM;
    private Timing timing = Timing.LAN;
    private boolean compress = true;
    private Keyring keys = Keyring.PLAIN;
    private Protocol.Maker maker = Protocol::production;

    private @Nullable Network network;
    private @Nullable Invariants invariants;
    private @Nullable Consumer<String> log;
    private boolean settled;
    private boolean failed;

    Cluster(Seed seed) {
        this.seed = seed;
        this.topology = seed.stream("topology");
        this.processes = new Processes(this);
        this.shell = new Shell(this);
        this.sightings = new Sightings(this);
        this.deliveries = new Deliveries(this);
        this.agreement = new Agreement(processes.nodes());
    }

    // Setting up.

    public Cluster members(int count) {
        wanted = count;
        return this;
    }

    /** The share of datagrams that vanish; streams suffer no harm. */
    public Cluster loss(double share) {
        return weather(weather.withLoss(share));
    }

    /** The mean one-way delay. */
    public Cluster delay(Duration mean) {
        return weather(weather.withDelay(mean));
    }

    /** From now on the network behaves like this. */
    public Cluster weather(Weather now) {
        weather = now;
        Network running = network;
        if (running != null) {
            running.weather(now);
        }
        return this;
    }

    public Weather weather() {
        return weather;
    }

    public Cluster timing(Timing profile) {
        timing = profile;
        return this;
    }

    public Cluster compress(boolean yes) {
        compress = yes;
        return this;
    }

    /** All packets are sealed with a key drawn from the seed. */
    public Cluster sealed() {
        var key = new byte[32];
        topology.nextBytes(key);
        keys = new Keyring(List.of(Bytes.of(key)));
        return this;
    }

    /** Something else than the production protocol, for self-tests. */
    public Cluster protocol(Protocol.Maker other) {
        maker = other;
        return this;
    }

    /** From now on, declaring a running member failed breaks the run: for weather that a cluster must stand. */
    public Cluster accurate(boolean yes) {
        sightings.accurate(yes);
        return this;
    }

    /** One line per notice, as it happens. */
    public Cluster log(Consumer<String> lines) {
        log = lines;
        return this;
    }

    Cluster tap(Tap listener) {
        shell.tap(listener);
        return this;
    }

    // Acting.

    /** Starts all members, spread over {@code spread}, and lets no time pass. */
    public Cluster launch(Duration spread) {
        begin();
        for (int i = 0; i < wanted; i++) {
            Node node = processes.add();
            long at = spread.isZero() ? 0 : topology.nextLong(spread.toNanos());
            agenda.after(at, () -> processes.start(node, false));
        }
        settled = true;
        return this;
    }

    /** Lets this much virtual time pass. */
    public Cluster run(Duration time) {
        settle();
        runUntil(agenda.now() + time.toNanos());
        return this;
    }

    /** Lets time pass until all views agree, and gives how long that took. Throws {@link Violation} after {@code limit}. */
    public Duration untilAgreed(Duration limit) {
        settle();
        return until(this::agreed, limit, Invariant.L3_VIEWS_AGREE, agreement::disagreement);
    }

    /** Lets time pass until every user event has reached all that it is for. Throws {@link Violation} after {@code limit}. */
    Duration untilDelivered(Duration limit) {
        settle();
        return until(
                () -> deliveries.outstanding().isEmpty(), limit, Invariant.L5_EVENTS_ARRIVE, deliveries::outstanding);
    }

    /** Lets time pass until {@code condition}, looked at each quarter of a second; else breaks {@code promise}. */
    Duration until(
            BooleanSupplier condition,
            Duration limit,
            Invariant promise,
            java.util.function.Supplier<String> whatIsWrong) {
        long start = agenda.now();
        long end = start + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (agenda.now() >= end) {
                throw violation(promise, "after " + seconds(limit.toNanos()) + " still: " + whatIsWrong.get());
            }
            runUntil(Math.min(end, agenda.now() + SECOND_NANOS / 4));
        }
        return Duration.ofNanos(agenda.now() - start);
    }

    /** Freezes the process for this long: inputs wait, timers do not fire. */
    public Cluster pause(String name, Duration time) {
        settle();
        shell.pause(node(name), time);
        return this;
    }

    /** The process and its memory are gone, without a word. */
    public Cluster crash(String name) {
        settle();
        processes.crash(node(name));
        return this;
    }

    /** Starts a process that is off: with no memory, same name, and on a new address if asked for. */
    public Cluster restart(String name, boolean newAddress) {
        settle();
        processes.start(node(name), newAddress);
        return this;
    }

    public Cluster leave(String name) {
        settle();
        processes.leave(node(name));
        return this;
    }

    public Cluster tag(String name, String key, String value) {
        settle();
        processes.setTag(node(name), key, value);
        return this;
    }

    public Cluster event(String name, String event, String payload) {
        settle();
        shell.command(node(name), new Input.SendEvent(event, Bytes.utf8(payload), false));
        return this;
    }

    /** {@code name} asks all, who answer with their names. The number tells the answers apart. */
    public long ask(String name, String question, int relayFactor) {
        settle();
        return shell.ask(node(name), question, relayFactor);
    }

    /** An operator declares a failed member left. */
    public Cluster forceLeave(String by, String member) {
        settle();
        shell.command(node(by), new Input.ForceLeave(member, false));
        return this;
    }

    /** Cuts the cluster in two: the named members on one side, the others on the other. */
    public Cluster partition(List<String> side) {
        settle();
        var sides = new int[nodes().size()];
        for (String name : side) {
            sides[node(name).index] = 1;
        }
        partition(sides);
        return this;
    }

    /** Ends all faults of the network; the weather stays. */
    public Cluster heal() {
        settle();
        network().heal();
        return this;
    }

    // Looking.

    /** Who declared this member failed, and when. */
    public List<Sighting> failuresSeenOf(String member) {
        return sightings.failures().stream()
                .filter(one -> one.member().equals(member))
                .toList();
    }

    public List<Sighting> failuresSeen() {
        return sightings.failures();
    }

    public List<Sighting> suspicionsSeenOf(String member) {
        return sightings.suspicions().stream()
                .filter(one -> one.member().equals(member))
                .toList();
    }

    /** Who was told of the user event with this payload. */
    public List<Sighting> eventSightings(String payload) {
        return sightings.events(payload);
    }

    /** Who answered that query; {@link Sighting#observer} is who answered. */
    public List<Sighting> answers(long query) {
        return sightings.answers(query);
    }

    /** When that query ended; empty while it runs. */
    public Optional<Duration> endOf(long query) {
        return sightings.endOf(query);
    }

    /** How {@code observer} sees {@code member} now. */
    public Member.Status status(String observer, String member) {
        for (Member one : node(observer).core().members()) {
            if (one.name().equals(member)) {
                return one.status();
            }
        }
        return Member.Status.NONE;
    }

    public SortedMap<String, Long> counters(String member) {
        return node(member).core().counters();
    }

    /** The names of the members whose process runs. */
    public List<String> running() {
        return nodes().stream().filter(Node::running).map(node -> node.name).toList();
    }

    public Duration now() {
        return Duration.ofNanos(agenda.now());
    }

    public long events() {
        return shell.events();
    }

    public long datagramsLost() {
        return network().lost;
    }

    /** SHA-256 of all that happened so far. */
    public String hash() {
        return trace.hash();
    }

    /** True when every running member sees every running member as that one sees itself, and nobody else as present. */
    public boolean agreed() {
        return agreement.disagreement().isEmpty();
    }

    // For the rest of the simulator.

    Processes processes() {
        return processes;
    }

    Shell shell() {
        return shell;
    }

    Sightings sightings() {
        return sightings;
    }

    Deliveries deliveries() {
        return deliveries;
    }

    Trace trace() {
        return trace;
    }

    Keyring keys() {
        return keys;
    }

    Protocol.Maker maker() {
        return maker;
    }

    int wanted() {
        return wanted;
    }

    Settings settingsOf(Node node) {
        Settings plain = Settings.of(node.name, node.address, Collections.unmodifiableSortedMap(node.tags));
        return new Settings(
                plain.name(),
                plain.advertise(),
                plain.tags(),
                timing,
                keys.keys(),
                compress,
                plain.reconnectEvery(),
                plain.reconnectTimeout(),
                plain.tombstoneTimeout(),
                plain.leavePropagateDelay(),
                plain.broadcastTimeout(),
                plain.sizes(),
                plain.resolveNames());
    }

    Agenda agenda() {
        return agenda;
    }

    Seed seed() {
        return seed;
    }

    List<Node> nodes() {
        return processes.nodes();
    }

    Node node(String name) {
        Node node = processes.find(name);
        if (node == null) {
            throw new IllegalArgumentException("no member is called " + name);
        }
        return node;
    }

    @Nullable
    Node find(String name) {
        return processes.find(name);
    }

    Network network() {
        Network running = network;
        if (running == null) {
            throw new IllegalStateException("the cluster has not started");
        }
        return running;
    }

    Invariants invariants() {
        Invariants checks = invariants;
        if (checks == null) {
            throw new IllegalStateException("the cluster has not started");
        }
        return checks;
    }

    Violation violation(Invariant invariant, String what) {
        return new Violation(
                invariant, what + " [" + seed + ", t=" + seconds(agenda.now()) + ", event " + events() + "]");
    }

    static String seconds(long nanos) {
        return String.format(java.util.Locale.ROOT, "%.3f s", nanos / 1e9);
    }

    // Bringing up.

    private void settle() {
        if (!settled) {
            launch(Duration.ofSeconds(1));
            runUntil(agenda.now() + SECOND_NANOS);
            untilAgreed(SETTLE_MAX);
        }
    }

    private void begin() {
        if (network != null) {
            throw new IllegalStateException("the cluster has started");
        }
        var fresh = new Network(this, seed, keys);
        fresh.weather(weather);
        network = fresh;
        invariants = new Invariants(this, keys);
    }

    void partition(int[] sides) {
        network().partition(sides);
        say(null, "the network splits");
    }

    private void runUntil(long nanos) {
        if (failed) {
            throw new IllegalStateException("this run broke a promise already");
        }
        boolean whole = false;
        try {
            while (agenda.step(nanos)) {
                // everything happens inside
            }
            agenda.passTo(nanos);
            whole = true;
        } finally {
            failed = !whole;
        }
    }

    void say(@Nullable Node node, Object what) {
        Consumer<String> lines = log;
        if (lines != null) {
            lines.accept(seconds(agenda.now()) + " " + (node == null ? "" : node + " ") + what);
        }
    }
}
