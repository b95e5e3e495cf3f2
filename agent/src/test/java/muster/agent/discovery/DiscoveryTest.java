package muster.agent.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.agent.MusterProgram;
import muster.agent.rpc.SerfProgram;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code -discover} beside that of Debian's serf, on hosts of their own with a cable between them. */
class DiscoveryTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration HALF_OF_THE_TIME_BETWEEN_QUESTIONS = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private final Networks networks = new Networks();
    private final List<Process> agents = new ArrayList<>();

    /** Two networks: left has a serf agent and us, right has us and another serf agent. */
    @BeforeEach
    void wire() throws Exception {
        Networks.needed();
        for (String host : List.of("left", "middle", "right")) {
            networks.host(host);
        }
        networks.cable("left", "wire", "10.9.1.2/24", "middle", "toleft", "10.9.1.1/24");
        networks.cable("right", "wire", "10.9.2.2/24", "middle", "toright", "10.9.2.1/24");
        networks.in("left", "ip", "route", "add", "default", "via", "10.9.1.1");
        networks.in("right", "ip", "route", "add", "default", "via", "10.9.2.1");
        networks.in("middle", "sysctl", "-qw", "net.ipv4.ip_forward=1");
    }

    @AfterEach
    void close() {
        agents.forEach(process -> process.destroyForcibly().onExit().join());
        networks.close();
    }

    private MusterProgram muster(String host, String name, String... more) throws Exception {
        var words = new ArrayList<>(List.of("agent", "-node", name, "-rpc-addr", "127.0.0.1:7373"));
        words.addAll(List.of("-log-level", "debug", "-discover", "c"));
        words.addAll(List.of(more));
        return MusterProgram.started(folder, networks.on(host), Map.of(), words.toArray(String[]::new));
    }

    /** Its log. */
    private Path serf(String host, String name, String... more) throws IOException {
        SerfProgram.needed();
        var words = new ArrayList<>(networks.on(host));
        words.addAll(List.of(SerfProgram.path().toString(), "agent", "-node=" + name, "-log-level=debug"));
        words.add("-discover=c");
        words.addAll(List.of(more));
        Path log = Files.createTempFile(folder, name, ".log");
        agents.add(new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start());
        await().atMost(PATIENCE).until(() -> Files.readString(log).contains("Serf agent running!"));
        return log;
    }

    @Test
    void we_find_the_serf_agents_of_all_our_networks() throws Exception {
        Path left = serf("left", "s1", "-bind=10.9.1.2");
        Path right = serf("right", "s2", "-bind=10.9.2.2");
        try (MusterProgram agent = muster("middle", "m1", "-bind", "0.0.0.0", "-advertise", "10.9.1.1")) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(agent.output())
                            .contains(
                                    "EventMemberJoin: s1 10.9.1.2",
                                    "EventMemberJoin: s2 10.9.2.2",
                                    "agent.mdns: Joined"));
            await().atMost(PATIENCE).until(() -> Files.readString(left).contains("EventMemberJoin: m1 10.9.1.1"));
            await().atMost(PATIENCE).until(() -> Files.readString(right).contains("EventMemberJoin: m1 10.9.1.1"));
        }
    }

    @Test
    void a_serf_agent_that_comes_later_finds_us() throws Exception {
        try (MusterProgram agent = muster("middle", "m1", "-bind", "0.0.0.0", "-advertise", "10.9.2.1")) {
            Path right = serf("right", "s2", "-bind=10.9.2.2");
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(Files.readString(right))
                            .contains("EventMemberJoin: m1 10.9.2.1")
                            .containsPattern("agent: joining: .*10\\.9\\.2\\.1:7946.*")
                            .containsPattern("agent\\.mdns: Joined [12] hosts"));
            await().atMost(PATIENCE).until(() -> agent.output().contains("EventMemberJoin: s2 10.9.2.2"));
        }
    }

    @Test
    void with_an_interface_named_the_others_are_left_alone() throws Exception {
        serf("left", "s1", "-bind=10.9.1.2");
        Path right = serf("right", "s2", "-bind=10.9.2.2");
        try (MusterProgram agent = muster("middle", "m1", "-iface", "toleft")) {
            await().atMost(PATIENCE).until(() -> agent.output().contains("EventMemberJoin: s1 10.9.1.2"));
            assertThat(agent.output())
                    .contains("Bind addr: '10.9.1.1:7946'", "                   mDNS cluster: c\n")
                    .doesNotContain("s2");
            assertThat(Files.readString(right)).doesNotContain("m1");
        }
    }

    @Test
    void a_network_that_is_plugged_in_later_is_looked_at_long_before_the_next_question_is_due() throws Exception {
        networks.in("middle", "ip", "link", "set", "toright", "down");
        serf("left", "s1", "-bind=10.9.1.2");
        serf("right", "s2", "-bind=10.9.2.2");
        try (MusterProgram agent = muster("middle", "m1", "-bind", "0.0.0.0", "-advertise", "10.9.1.1")) {
            await().atMost(PATIENCE).until(() -> agent.output().contains("EventMemberJoin: s1 10.9.1.2"));
            networks.in("middle", "ip", "link", "set", "toright", "up");
            await().atMost(HALF_OF_THE_TIME_BETWEEN_QUESTIONS)
                    .until(() -> agent.output().contains("EventMemberJoin: s2 10.9.2.2"));
        }
    }

    @Test
    void who_leaves_says_goodbye_on_all_networks_and_who_is_killed_cannot() throws Exception {
        Path left = eavesdropper("left");
        Path right = eavesdropper("right");
        try (MusterProgram killed = muster("middle", "m1", "-bind", "0.0.0.0", "-advertise", "10.9.1.1");
                MusterProgram leaving = muster(
                        "middle",
                        "m2",
                        "-bind",
                        "0.0.0.0:7947",
                        "-advertise",
                        "10.9.1.1",
                        "-rpc-addr",
                        "127.0.0.1:7374")) {
            killed.signal("KILL");
            leaving.signal("TERM");
            assertThat(leaving.awaitEnd()).isZero();
            for (Path heard : List.of(left, right)) {
                await().atMost(PATIENCE).until(() -> Files.readString(heard).contains("gone: m2._serf_c._tcp.local"));
                assertThat(Files.readString(heard)).doesNotContain("gone: m1");
            }
        }
    }

    /** What it hears. */
    private Path eavesdropper(String host) throws IOException {
        var words = new ArrayList<>(networks.on(host));
        words.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Eavesdropper.class.getName(),
                "wire"));
        Path log = Files.createTempFile(folder, host, ".log");
        agents.add(new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start());
        await().atMost(PATIENCE).until(() -> Files.readString(log).contains("listens"));
        return log;
    }

    /** Two of ours: where a host has no IPv4, serf's own agent ends by a fault in its mDNS library. */
    @Test
    void over_ipv6_alone_members_find_each_other() throws Exception {
        networks.host("far");
        networks.host("near");
        networks.cable("far", "wire", "fd09::2/64", "near", "wire", "fd09::1/64");
        try (MusterProgram far = muster("far", "m2", "-bind", "[fd09::2]:7946");
                MusterProgram near = muster("near", "m1", "-bind", "[fd09::1]:7946", "-iface", "wire")) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(near.output()).contains("EventMemberJoin: m2 fd09::2"));
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(far.output()).contains("EventMemberJoin: m1 fd09::1"));
        }
    }

    @Test
    void other_clusters_and_garbage_on_the_network_change_nothing() throws Exception {
        try (MusterProgram agent = muster("middle", "m1", "-bind", "0.0.0.0", "-advertise", "10.9.1.1");
                MusterProgram other = muster("right", "m2", "-bind", "10.9.2.2", "-discover", "other")) {
            long seed = System.nanoTime();
            System.out.println("garbage by seed " + seed);
            networks.in(
                    "left",
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Garbage.class.getName(),
                    Long.toString(seed));
            Path left = serf("left", "s1", "-bind=10.9.1.2");
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(agent.output()).contains("EventMemberJoin: s1 10.9.1.2"));
            assertThat(Files.readString(left)).doesNotContain("m2");
            assertThat(other.output()).doesNotContain("s1");
            agent.signal("USR1");
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(agent.output()).contains("mdns-packets-malformed"));
        }
    }
}
