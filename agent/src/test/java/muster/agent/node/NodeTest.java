package muster.agent.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import muster.agent.FreePort;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Schema;
import muster.gossip.Address;
import muster.gossip.Input;
import muster.gossip.Member;
import muster.gossip.Notice;
import muster.gossip.wire.Bytes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeTest {
    private static final long PATIENCE_SECONDS = 20;

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private static MemberChoice choice(String... flags) throws CannotStart {
        return MemberChoice.of(Configuration.load(
                FlagParser.parse(List.of(flags), Schema.AGENT).given(), Map.of(), Schema.AGENT));
    }

    private Node node(String name, String... more) throws CannotStart {
        var flags = new ArrayList<>(List.of("-node", name, "-bind", "127.0.0.1:0", "-profile", "local"));
        flags.addAll(List.of(more));
        Node node = Node.start(choice(flags.toArray(String[]::new)), List.of(), _ -> {}, _ -> {});
        open.add(node);
        return node;
    }

    private static Member.Status status(Node seenBy, String name) {
        return seenBy.members().stream()
                .filter(member -> member.name().equals(name))
                .map(Member::status)
                .findFirst()
                .orElse(Member.Status.NONE);
    }

    /** Again and again: one try has a second with the local profile, which a busy machine may not give it. */
    private static void awaitJoined(Node node, Node seed) {
        await().until(() -> node.join(seed.advertised(), true)
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .isEmpty());
    }

    @Test
    void a_node_that_has_started_is_a_member_of_its_own_cluster() throws Exception {
        Node a = node("a", "-tag", "role=web");
        assertThat(a.members())
                .singleElement()
                .satisfies(member -> assertThat(member.status()).isEqualTo(Member.Status.ALIVE));
        assertThat(a.self().status()).isEqualTo(Member.Status.ALIVE);
    }

    @Test
    void two_nodes_meet_see_each_others_tags_and_part_in_peace() throws Exception {
        Node a = node("a", "-tag", "role=web");
        Node b = node("b");
        awaitJoined(b, a);
        await().untilAsserted(() -> {
            assertThat(status(a, "b")).isEqualTo(Member.Status.ALIVE);
            assertThat(status(b, "a")).isEqualTo(Member.Status.ALIVE);
        });
        assertThat(b.members()).anyMatch(member -> "web".equals(member.tags().get("role")));

        a.tell(new Input.SetTags(new TreeMap<>(Map.of("role", "cache")))).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        await().untilAsserted(() -> assertThat(b.members())
                .anyMatch(member -> "cache".equals(member.tags().get("role"))));

        a.leave().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        await().untilAsserted(() -> assertThat(status(b, "a")).isEqualTo(Member.Status.LEFT));
        assertThat(a.awaitEnd(PATIENCE_SECONDS * 1_000)).isTrue();
    }

    @Test
    void encrypted_nodes_meet_and_a_plain_one_stays_outside() throws Exception {
        String key = "T9jncgl9mbLus+baTTa7q7nPSUrXwbDi2dhbtqir37s=";
        Node a = node("a", "-encrypt", key);
        Node b = node("b", "-encrypt", key);
        Node stranger = node("stranger");
        awaitJoined(b, a);
        assertThat(stranger.join(a.advertised(), true).get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .isNotEmpty();
        assertThat(status(a, "stranger")).isEqualTo(Member.Status.NONE);
    }

    @Test
    void a_join_to_nobody_says_so_in_gos_words() throws Exception {
        Node a = node("a");
        var nobody = new Address(Bytes.hex("7f000001"), 1);
        assertThat(a.join(nobody, true).get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .contains("dial tcp 127.0.0.1:1: connect: connection refused");
    }

    @Test
    void tags_that_are_too_long_are_refused_and_change_nothing() throws Exception {
        Node a = node("a", "-tag", "role=web");
        List<Notice> said = a.tell(new Input.SetTags(new TreeMap<>(Map.of("long", "x".repeat(600)))))
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(said).anyMatch(Notice.TagsRefused.class::isInstance);
        assertThat(a.self().tags()).isEqualTo(Map.of("role", "web"));
    }

    @Test
    void a_taken_port_is_named_with_the_remedy() throws Exception {
        Node a = node("a");
        int port = a.bound().getPort();
        assertThatThrownBy(() ->
                        Node.start(choice("-node", "b", "-bind", "127.0.0.1:" + port), List.of(), _ -> {}, _ -> {}))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("127.0.0.1:" + port)
                .hasMessageContaining("-bind IP:PORT");
    }

    @Test
    void settings_that_cannot_be_are_refused_with_the_remedy() {
        assertThatThrownBy(() -> choice("-encrypt", "!!")).hasMessageContaining("muster keygen");
        assertThatThrownBy(() -> choice("-encrypt", "YQ==")).hasMessageContaining("16, 24 or 32");
        assertThatThrownBy(() -> choice("-advertise", "0.0.0.0")).hasMessageContaining("-advertise");
        assertThatThrownBy(() -> choice("-iface", "nosuch0")).hasMessageContaining("lo");
        assertThatThrownBy(() -> Node.start(
                        choice("-bind", "127.0.0.1:0", "-tag", "a=" + "x".repeat(600)), List.of(), _ -> {}, _ -> {}))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("512");
    }

    @Test
    void an_interface_gives_the_address_where_every_one_would_be_bound_and_has_to_have_any_other() throws Exception {
        MemberChoice every = choice("-iface", "lo", "-bind", "0.0.0.0:7000");
        assertThat(every.bindHost().isLoopbackAddress()).isTrue();
        assertThat(every.bindPort()).isEqualTo(7_000);
        assertThat(choice("-iface", "lo", "-bind", "127.0.0.1:7000").bindHost().getHostAddress())
                .isEqualTo("127.0.0.1");
        assertThatThrownBy(() -> choice("-iface", "lo", "-bind", "203.0.113.1"))
                .hasMessageContaining("Interface 'lo' has no '203.0.113.1' address")
                .hasMessageContaining("127.0.0.1");
    }

    @Test
    void a_role_wins_over_a_tag_of_that_name_as_under_serf() throws Exception {
        assertThat(choice("-role", "db", "-tag", "role=web", "-tag", "zone=a")
                        .base()
                        .tags())
                .isEqualTo(Map.of("role", "db", "zone", "a"));
    }

    @Test
    void a_seed_that_appears_late_is_found_and_a_restarted_one_found_again() throws Exception {
        int port = FreePort.next();
        Node b = node("b");
        var seeds = new Seeds(
                        b,
                        new Resolver(1),
                        List.of("localhost:" + port, "127.0.0.1:" + port, "nosuch.invalid"),
                        Duration.ofMillis(500),
                        0,
                        true,
                        false,
                        _ -> {})
                .start();
        open.add(seeds);
        Node late = node("seed", "-bind", "127.0.0.1:" + port);
        await().atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .untilAsserted(() -> assertThat(status(late, "b")).isEqualTo(Member.Status.ALIVE));
        late.leave().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        late.awaitEnd(PATIENCE_SECONDS * 1_000);
        Node again = node("seed", "-bind", "127.0.0.1:" + port);
        await().atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .untilAsserted(() -> assertThat(status(again, "b")).isEqualTo(Member.Status.ALIVE));
    }

    private static void happens(Node at, String event) throws Exception {
        at.tell(new Input.SendEvent(event, Bytes.EMPTY, false)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** A node whose next user event has that Lamport time. */
    private Node nodeAt(long eventTime, String name, String... more) throws Exception {
        Node node = node(name, more);
        node.tell(new Input.Recall(0, eventTime - 1, 0)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        return node;
    }

    @Test
    void events_from_before_the_first_join_are_not_taken_in_and_those_missed_when_cut_off_later_are() throws Exception {
        int port = FreePort.next();
        String[] place = {"-bind", "127.0.0.1:" + port};
        var found = new AtomicBoolean();
        var resolver = new Resolver(1, host -> {
            if (!found.get()) {
                throw new UnknownHostException(host);
            }
            return new InetAddress[] {InetAddress.ofLiteral("127.0.0.1")};
        });
        Node member = node("a", "-reconnect-interval", "1h");
        var heard = new CopyOnWriteArrayList<String>();
        member.listen(notice -> {
            if (notice instanceof Notice.UserEventSeen event) {
                heard.add(event.name());
            }
        });
        Node seed = nodeAt(10, "seed", place);
        Node other = node("other");
        assertThat(other.join(seed.advertised(), false).get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .isEmpty();
        happens(seed, "before");
        // Told to the end, or gossip might bring it before the answer to the join that says it is an old one.
        await().until(() ->
                seed.ask(gossip -> gossip.facts().get("event_queue")).get(PATIENCE_SECONDS, TimeUnit.SECONDS) == 0);
        other.leave().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        await().untilAsserted(() -> assertThat(status(seed, "other")).isEqualTo(Member.Status.LEFT));
        found.set(true);
        open.add(new Seeds(
                        member,
                        resolver,
                        List.of("seed.example:" + port),
                        Duration.ofMillis(300),
                        0,
                        true,
                        false,
                        _ -> {})
                .start());
        await().untilAsserted(() -> assertThat(status(member, "seed")).isEqualTo(Member.Status.ALIVE));
        assertThat(heard).isEmpty();

        found.set(false);
        seed.close();
        await().until(member::isAlone);
        Node again = nodeAt(20, "seed", place);
        happens(again, "meanwhile");
        found.set(true);
        await().untilAsserted(() -> assertThat(heard).containsExactly("meanwhile"));
    }

    @Test
    void joins_are_given_up_only_where_that_is_asked_for() throws Exception {
        Node a = node("a");
        var given = new CopyOnWriteArrayList<String>();
        open.add(new Seeds(
                        a, new Resolver(1), List.of("127.0.0.1:1"), Duration.ofMillis(300), 2, true, false, given::add)
                .start());
        await().atMost(PATIENCE_SECONDS, TimeUnit.SECONDS).until(() -> !given.isEmpty());
        assertThat(given.getFirst()).contains("max retry join attempts").contains("refused");
    }

    @Test
    void a_stream_that_says_nothing_ends_in_time_and_garbage_ends_at_once() throws Exception {
        Node a = node("a"); // profile local: one second for a stream
        try (var silent = new Socket();
                var garbage = new Socket()) {
            silent.connect(a.bound());
            garbage.connect(a.bound());
            garbage.getOutputStream().write(new byte[] {(byte) 0xc1, 1, 2, 3});
            garbage.setSoTimeout(10_000);
            garbage.getInputStream().readAllBytes();
            silent.setSoTimeout(10_000);
            assertThat(silent.getInputStream().readAllBytes()).isEmpty();
        }
        assertThat(a.counters().get(PATIENCE_SECONDS, TimeUnit.SECONDS)).containsKey("streams-timed-out");
    }

    @Test
    void a_peer_that_connects_and_closes_keeps_no_place() throws Exception {
        Node a = node("a", "-profile", "wan"); // thirty seconds for a stream
        try (var knocking = new Socket()) {
            knocking.connect(a.bound());
            knocking.shutdownOutput();
            knocking.setSoTimeout(10_000);
            assertThat(knocking.getInputStream().readAllBytes()).isEmpty();
        }
        assertThat(a.counters().get(PATIENCE_SECONDS, TimeUnit.SECONDS)).containsEntry("streams-failed", 1L);
    }

    @Test
    void more_streams_than_the_limit_are_refused_and_counted_and_the_node_lives() throws Exception {
        Node a = node("a", "-profile", "lan");
        var sockets = new ArrayList<Socket>();
        try {
            for (int i = 0; i < Streams.ACCEPTED_MAX + 20; i++) {
                var socket = new Socket();
                socket.connect(
                        new InetSocketAddress(
                                InetAddress.getLoopbackAddress(), a.bound().getPort()),
                        5_000);
                sockets.add(socket);
            }
            await().untilAsserted(() -> assertThat(a.counters().get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .containsKey("streams-refused"));
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
        Node b = node("b", "-profile", "lan");
        awaitJoined(b, a);
    }

    @Test
    void a_stopped_node_answers_with_an_error_instead_of_silence() throws Exception {
        Node a = node("a");
        a.close();
        assertThatThrownBy(() -> a.tell(new Input.Deadline()).get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .hasMessageContaining("the node has stopped");
    }

    @Test
    void a_listener_that_throws_keeps_no_other_from_hearing() throws Exception {
        Node a = node("a");
        a.listen(_ -> {
            throw new IllegalStateException("a fault of a listener");
        });
        var heard = new CopyOnWriteArrayList<Notice>();
        a.listen(heard::add);
        Node b = node("b");
        awaitJoined(b, a);
        await().until(() -> heard.stream().anyMatch(Notice.MemberJoined.class::isInstance));
        awaitJoined(a, b);
    }

    @Test
    void a_question_that_fails_is_answered_and_the_node_lives() throws Exception {
        Node a = node("a");
        assertThatThrownBy(() -> a.ask(_ -> {
                            throw new IllegalStateException("a fault of a question");
                        })
                        .get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .hasMessageContaining("a fault of a question");
        assertThat(a.ask(core -> core.self().name()).get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .isEqualTo("a");
    }

    @Test
    void a_node_that_breaks_says_so_and_can_be_closed() throws Exception {
        Node a = node("a");
        var broken = new CountDownLatch(1);
        a.whenBroken(broken::countDown);
        a.ask(_ -> {
            throw new StackOverflowError("as deep as it goes");
        });
        assertThat(broken.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(a.awaitEnd(PATIENCE_SECONDS * 1_000)).isTrue();
        a.close();
    }

    @Test
    void a_node_that_is_closed_is_not_broken() throws Exception {
        Node a = node("a");
        var broken = new CountDownLatch(1);
        a.whenBroken(broken::countDown);
        a.close();
        assertThat(broken.getCount()).isOne();
    }

    @Test
    void names_whose_lookup_hangs_keep_no_other_seed_from_being_joined() throws Exception {
        var hanging = new CountDownLatch(1);
        var resolver = new Resolver(1, host -> {
            try {
                hanging.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new UnknownHostException(host);
        });
        Node a = node("a");
        Node b = node("b");
        var names = new ArrayList<String>();
        for (int i = 0; i < 20; i++) {
            names.add("hangs" + i + ".example");
        }
        names.add("127.0.0.1:" + a.bound().getPort());
        open.add(new Seeds(b, resolver, names, Duration.ofMillis(500), 0, true, false, _ -> {}).start());
        await().untilAsserted(() -> assertThat(status(a, "b")).isEqualTo(Member.Status.ALIVE));
        hanging.countDown();
    }

    /** A name that leads nowhere first, then to nobody, then to a member. */
    @Test
    void a_name_is_looked_up_anew_at_each_try_unless_once_is_wanted() throws Exception {
        Node a = node("a");
        var lookups = new java.util.concurrent.atomic.AtomicInteger();
        var onceLookups = new java.util.concurrent.atomic.AtomicInteger();
        Node b = node("b");
        Node once = node("once");
        open.add(new Seeds(b, moving(lookups), seedAt(a), Duration.ofMillis(300), 0, true, false, _ -> {}).start());
        open.add(new Seeds(once, moving(onceLookups), seedAt(a), Duration.ofMillis(300), 0, true, true, _ -> {})
                .start());
        await().atMost(60, TimeUnit.SECONDS)
                .untilAsserted(() -> assertThat(status(a, "b")).isEqualTo(Member.Status.ALIVE));
        assertThat(lookups.get()).isGreaterThanOrEqualTo(3);
        await().atMost(60, TimeUnit.SECONDS).until(() -> onceLookups.get() == 2);
        assertThat(once.isAlone()).isTrue();
    }

    private static List<String> seedAt(Node node) {
        return List.of("moves.example:" + node.bound().getPort());
    }

    private static Resolver moving(java.util.concurrent.atomic.AtomicInteger lookups) {
        return new Resolver(1, host -> switch (lookups.incrementAndGet()) {
            case 1 -> throw new UnknownHostException(host);
            case 2 -> new InetAddress[] {InetAddress.ofLiteral("127.0.0.77")}; // nobody listens there
            default -> new InetAddress[] {InetAddress.ofLiteral("127.0.0.1")};
        });
    }

    /** Each of two addresses in both orders: the first that is listed wins by nothing else. */
    private static InetAddress advertised(
            Addresses.Candidate one, Addresses.Candidate other, @Nullable InetAddress toTheWorld) throws CannotStart {
        InetAddress best = Addresses.best(List.of(one, other), toTheWorld);
        assertThat(Addresses.best(List.of(other, one), toTheWorld)).isEqualTo(best);
        return best;
    }

    private static Addresses.Candidate on(String place, String address) {
        return new Addresses.Candidate(
                InetAddress.ofLiteral(address), place.contains("bridge"), place.contains("default route"));
    }

    @Test
    void among_private_addresses_the_one_of_the_default_route_is_advertised() throws Exception {
        var network = on("default route", "10.1.2.3");
        var second = on("default route", "10.1.2.4");
        var storage = on("storage network", "10.0.0.3");
        assertThat(advertised(network, storage, network.address())).isEqualTo(network.address());
        assertThat(advertised(network, second, second.address())).isEqualTo(second.address());
        assertThat(advertised(network, on("bridge", "172.17.0.1"), network.address()))
                .isEqualTo(network.address());
    }

    @Test
    void a_private_address_on_the_interface_of_the_default_route_wins_over_the_public_one_there() throws Exception {
        var world = on("default route", "192.0.2.7");
        var network = on("default route", "10.1.2.3");
        assertThat(advertised(world, network, world.address())).isEqualTo(network.address());
    }

    @Test
    void a_private_network_of_its_own_wins_over_the_public_address() throws Exception {
        var world = on("default route", "192.0.2.7");
        var network = on("private network", "10.1.2.3");
        assertThat(advertised(world, network, world.address())).isEqualTo(network.address());
    }

    @Test
    void the_bridge_of_a_container_engine_wins_over_no_network_that_others_are_on() throws Exception {
        var bridge = on("bridge", "10.89.0.1");
        var world = on("default route", "192.0.2.2");
        assertThat(advertised(bridge, world, world.address())).isEqualTo(world.address());
        assertThat(advertised(bridge, on("no route", "192.0.2.2"), null)).isEqualTo(world.address());
        assertThat(advertised(bridge, on("no route", "10.90.0.1"), null)).isEqualTo(InetAddress.ofLiteral("10.90.0.1"));
        assertThat(advertised(bridge, on("loopback", "127.0.0.1"), null)).isEqualTo(bridge.address());
        assertThat(advertised(bridge, on("link", "169.254.1.1"), null)).isEqualTo(bridge.address());
    }

    @Test
    void a_bridge_that_the_default_route_goes_by_is_as_good_as_any_interface() throws Exception {
        var bridge = on("bridge of virtual machines, default route", "192.168.1.5");
        assertThat(advertised(bridge, on("private network", "10.1.2.3"), bridge.address()))
                .isEqualTo(bridge.address());
    }

    @Test
    void any_ipv4_address_is_advertised_before_any_of_ipv6() throws Exception {
        var four = on("bridge", "192.0.2.2");
        assertThat(advertised(four, on("network", "fd00::2"), null)).isEqualTo(four.address());
        assertThat(advertised(on("network", "fd00::2"), on("network", "2001:db8::2"), null))
                .isEqualTo(InetAddress.ofLiteral("fd00::2"));
    }

    @Test
    void the_address_that_is_advertised_has_four_bytes_for_ipv4() throws Exception {
        MemberChoice everywhere = choice("-bind", "0.0.0.0:0");
        assertThat(everywhere.advertiseHost().isAnyLocalAddress()).isFalse();
        assertThat(node("a").advertised().ip().size()).isEqualTo(4);
    }
}
