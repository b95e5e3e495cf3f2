package muster.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import muster.agent.rpc.SerfProgram;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Keyring;
import muster.gossip.wire.Packet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who comes with another key, or with none, or to members without one: Serf's words and a remedy, on both sides. */
class OtherKeysTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Map<String, String> KEYS = Map.of(
            "one", "KYFHNHA6tAP7g9VEuLLQjyvlkvTaLqDrBbsVRZ7S2Pc=",
            "two", "HvY8ubRZMgafUOWvrOadwOckVa1wN3QWAo46FVKbVN8=");

    private static final String PLAIN_AND_IT_IS_NOT = "Remote state is encrypted and encryption is not configured";
    private static final String SEALED_AND_IT_IS_NOT = "Encryption is configured but remote state is not encrypted";
    private static final String OTHER_KEY = "No installed keys could decrypt the message";

    @TempDir
    private static Path folder;

    private static MusterProgram oursPlain;
    private static MusterProgram oursOne;
    private static SerfProgram serfPlain;
    private static SerfProgram serfOne;

    @BeforeAll
    static void start() throws Exception {
        SerfProgram.needed();
        oursPlain = MusterProgram.agent(folder, "ours-plain");
        oursOne = MusterProgram.agent(folder, "ours-one", "-encrypt", KEYS.get("one"));
        serfPlain = SerfProgram.agent(folder, "serf-plain");
        serfOne = SerfProgram.agent(folder, "serf-one", "-encrypt", KEYS.get("one"));
    }

    @AfterAll
    static void stop() {
        for (AutoCloseable each : new AutoCloseable[] {oursPlain, oursOne, serfPlain, serfOne}) {
            try {
                if (each != null) {
                    each.close();
                }
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    private static String[] encrypt(String key) {
        return key.equals("plain") ? new String[0] : new String[] {"-encrypt", KEYS.get(key)};
    }

    @ParameterizedTest
    @CsvSource({
        "plain, one, " + PLAIN_AND_IT_IS_NOT + ", give this one the same -encrypt or -keyring-file",
        "one, plain, " + SEALED_AND_IT_IS_NOT + ", give that one the same -encrypt or -keyring-file",
        "two, one, " + OTHER_KEY + ", compare -encrypt or -keyring-file of both",
    })
    void who_joins_of_ours_hears_serfs_words_and_what_to_do(String key, String asked, String words, String remedy)
            throws Exception {
        String serf = (asked.equals("plain") ? serfPlain : serfOne).address();
        String ours = (asked.equals("plain") ? oursPlain : oursOne).address();
        try (MusterProgram joiner = MusterProgram.agent(folder, "joiner", encrypt(key))) {
            for (String address : List.of(serf, ours)) {
                var outcome = MusterProgram.run(Map.of(), "join", "-rpc-addr", joiner.rpc(), address);
                assertThat(outcome.code()).isEqualTo(1);
                assertThat(outcome.output() + outcome.error())
                        .contains("Failed to join 127.0.0.1: " + words, "the member at " + address, remedy);
            }
        }
        try (MusterProgram joiner = MusterProgram.agent(
                folder,
                "joiner",
                Stream.concat(Stream.of(encrypt(key)), Stream.of("-retry-join", ours))
                        .toArray(String[]::new))) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(joiner.output())
                            .containsPattern("\\[WARN] agent: Join failed: " + words + ".*the member at " + ours + ".*"
                                    + remedy));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "plain, one, " + PLAIN_AND_IT_IS_NOT + ", " + SEALED_AND_IT_IS_NOT,
        "one, plain, " + SEALED_AND_IT_IS_NOT + ", " + PLAIN_AND_IT_IS_NOT,
        "two, one, " + OTHER_KEY + ", " + OTHER_KEY,
    })
    void a_serf_agent_hears_of_us_what_it_hears_of_its_own_and_both_of_the_asked_log_the_same(
            String key, String asked, String joinersWords, String askedsWords) throws Exception {
        MusterProgram ours = asked.equals("plain") ? oursPlain : oursOne;
        SerfProgram serf = asked.equals("plain") ? serfPlain : serfOne;
        try (SerfProgram joiner = SerfProgram.agent(folder, "joiner", encrypt(key))) {
            String ofSerf = joiner.run("join", Map.of(), serf.address()).output();
            assertThat(ofSerf).contains("Failed to join 127.0.0.1: " + joinersWords);
            assertThat(joiner.run("join", Map.of(), ours.address()).output()).isEqualTo(ofSerf);
        }
        String line = "\\[ERR] memberlist: failed to receive: " + askedsWords + " from=127.0.0.1:\\d+";
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(serf.output()).containsPattern(line));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(ours.output()).containsPattern(line + ": .*-encrypt or -keyring-file"));
    }

    @Test
    void a_datagram_that_is_sealed_with_another_key_is_told_in_serfs_words() throws Exception {
        int from = send(sealed("two"), serfOne.address(), oursOne.address());
        String line = "[ERR] memberlist: Decrypt packet failed: " + OTHER_KEY + " from=127.0.0.1:" + from;
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(serfOne.output()).contains(line));
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(oursOne.output()).containsPattern(Pattern.quote(line) + ": .*compare -encrypt"));
    }

    @Test
    void a_plain_datagram_to_members_with_a_key_is_told_in_serfs_words() throws Exception {
        int from = send(ACK, serfOne.address(), oursOne.address());
        String line =
                "[ERR] memberlist: Decrypt packet failed: Unsupported encryption version 2 from=127.0.0.1:" + from;
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(serfOne.output()).contains(line));
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(oursOne.output()).containsPattern(Pattern.quote(line) + ": .*-encrypt"));
    }

    @Test
    void a_sealed_datagram_to_members_without_a_key_is_told_in_serfs_words() throws Exception {
        int from = send(sealed("one"), serfPlain.address(), oursPlain.address());
        String begin = "[ERR] memberlist: Failed to decode indirect ping request: ";
        String end = " from=127.0.0.1:" + from;
        String line = Pattern.quote(begin) + ".*" + Pattern.quote(end);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(serfPlain.output()).containsPattern(line));
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(oursPlain.output()).containsPattern(line + ": .*-encrypt or -keyring-file"));
    }

    private static final Bytes ACK = Bytes.hex("0282a75061796c6f6164c0a55365714e6f05");

    private static Bytes sealed(String key) {
        var ring = new Keyring(List.of(Bytes.of(Base64.getDecoder().decode(KEYS.get(key)))));
        return Packet.encode(List.of(ACK), false, false, ring, new Random(1));
    }

    /** Gives the port that they came from. */
    private static int send(Bytes datagram, String... places) throws Exception {
        try (DatagramChannel channel = DatagramChannel.open().bind(new InetSocketAddress("127.0.0.1", 0))) {
            for (String place : places) {
                int port = Integer.parseInt(place.substring(place.lastIndexOf(':') + 1));
                channel.send(ByteBuffer.wrap(datagram.array()), new InetSocketAddress("127.0.0.1", port));
            }
            return ((InetSocketAddress) channel.getLocalAddress()).getPort();
        }
    }
}
