package muster.agent.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Schema;
import muster.gossip.Address;
import muster.gossip.Input;
import muster.gossip.Member;
import muster.gossip.Notice;
import muster.gossip.wire.Bytes;
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
        Node node = Node.start(choice(flags.toArray(String[]::new)), List.of(), _ -> {});
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

    @Test
    void two_nodes_meet_see_each_others_tags_and_part_in_peace() throws Exception {
        Node a = node("a", "-tag", "role=web");
        Node b = node("b");
        assertThat(b.join(a.advertised(), true).get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .isEmpty();
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
        assertThat(a.awaitEnd(5_000)).isTrue();
    }

    @Test
    void encrypted_nodes_meet_and_a_plain_one_stays_outside() throws Exception {
        String key = "T9jncgl9mbLus+baTTa7q7nPSUrXwbDi2dhbtqir37s=";
        Node a = node("a", "-encrypt", key);
        Node b = node("b", "-encrypt", key);
        Node stranger = node("stranger");
        assertThat(b.join(a.advertised(), true).get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .isEmpty();
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
        assertThatThrownBy(() -> Node.start(choice("-node", "b", "-bind", "127.0.0.1:" + port), List.of(), _ -> {}))
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
        assertThatThrownBy(() ->
                        Node.start(choice("-bind", "127.0.0.1:0", "-tag", "a=" + "x".repeat(600)), List.of(), _ -> {}))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("512");
    }

    @Test
    void a_seed_that_appears_late_is_found_and_a_restarted_one_found_again() throws Exception {
        Node first = node("seed");
        int port = first.bound().getPort();
        first.close();
        Node b = node("b");
        var seeds = new Seeds(
                        b,
                        new Resolver(1),
                        List.of("localhost:" + port, "127.0.0.1:" + port, "nosuch.invalid"),
                        Duration.ofMillis(500),
                        0,
                        true,
                        _ -> {})
                .start();
        open.add(seeds);
        Node late = node("seed", "-bind", "127.0.0.1:" + port);
        await().atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .untilAsserted(() -> assertThat(status(late, "b")).isEqualTo(Member.Status.ALIVE));
        late.leave().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        late.awaitEnd(5_000);
        Node again = node("seed", "-bind", "127.0.0.1:" + port);
        await().atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .untilAsserted(() -> assertThat(status(again, "b")).isEqualTo(Member.Status.ALIVE));
    }

    @Test
    void joins_are_given_up_only_where_that_is_asked_for() throws Exception {
        Node a = node("a");
        var given = new CopyOnWriteArrayList<String>();
        open.add(new Seeds(a, new Resolver(1), List.of("127.0.0.1:1"), Duration.ofMillis(300), 2, true, given::add)
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
        await().until(() -> b.join(a.advertised(), true)
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .isEmpty());
    }

    @Test
    void a_stopped_node_answers_with_an_error_instead_of_silence() throws Exception {
        Node a = node("a");
        a.close();
        assertThatThrownBy(() -> a.tell(new Input.Deadline()).get(5, TimeUnit.SECONDS))
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
        assertThat(b.join(a.advertised(), true).get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .isEmpty();
        await().until(() -> heard.stream().anyMatch(Notice.MemberJoined.class::isInstance));
        assertThat(a.join(b.advertised(), true).get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .isEmpty();
    }

    @Test
    void a_question_that_fails_is_answered_and_the_node_lives() throws Exception {
        Node a = node("a");
        assertThatThrownBy(() -> a.ask(_ -> {
                            throw new IllegalStateException("a fault of a question");
                        })
                        .get(5, TimeUnit.SECONDS))
                .hasMessageContaining("a fault of a question");
        assertThat(a.ask(core -> core.self().name()).get(5, TimeUnit.SECONDS)).isEqualTo("a");
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
        assertThat(a.awaitEnd(5_000)).isTrue();
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
        open.add(new Seeds(b, resolver, names, Duration.ofMillis(500), 0, true, _ -> {}).start());
        await().atMost(5, TimeUnit.SECONDS)
                .untilAsserted(() -> assertThat(status(a, "b")).isEqualTo(Member.Status.ALIVE));
        hanging.countDown();
    }

    @Test
    void among_private_addresses_the_one_of_the_default_route_is_advertised() throws Exception {
        InetAddress bridge = InetAddress.ofLiteral("172.17.0.1");
        InetAddress network = InetAddress.ofLiteral("10.1.2.3");
        InetAddress world = InetAddress.ofLiteral("192.0.2.7");
        assertThat(Addresses.best(List.of(bridge, network), network)).isEqualTo(network);
        assertThat(Addresses.best(List.of(bridge, network, world), world)).isEqualTo(bridge);
        assertThat(Addresses.best(List.of(world, network), null)).isEqualTo(network);
    }

    @Test
    void the_jdk_keeps_no_name_longer_than_a_try_to_join_takes() {
        assertThat(new Resolver(1)).isNotNull();
        assertThat(Security.getProperty("networkaddress.cache.ttl")).isEqualTo("1");
        assertThat(Security.getProperty("networkaddress.cache.negative.ttl")).isEqualTo("0");
    }

    @Test
    void the_address_that_is_advertised_has_four_bytes_for_ipv4() throws Exception {
        MemberChoice everywhere = choice("-bind", "0.0.0.0:0");
        assertThat(everywhere.advertiseHost().isAnyLocalAddress()).isFalse();
        assertThat(node("a").advertised().ip().size()).isEqualTo(4);
    }
}
