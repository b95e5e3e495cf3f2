package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import muster.proof.harness.Await;
import muster.proof.harness.MusterNode;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * 50,000 packets of garbage a second: the member lives, its memory stays as it is, and it answers probes.
 * {@code -Dproof.flood=120} sends as many seconds' worth, {@code -Dproof.seed=N} repeats a flood. It is the number of packets that
 * counts: a machine that is too busy for the pace takes longer, and the line that is printed says which pace it was.
 *
 * <p>Not beside the scenes under load: it takes more than one core, of the kernel's time too, and an app that has just started
 * then has no time to take its connections.
 */
@ExtendWith(Stages.class)
@ResourceLock("load")
class FloodTest {
    private static final int PACKETS_PER_SECOND = 50_000;
    private static final int PACKETS_AT_ONCE = 50; // a millisecond's worth
    /** One in so many has to be read at least: the rest of a flood falls on a busy machine's floor. */
    private static final int READ_SHARE_MIN = 10;

    private static final Duration PROBE_EVERY = Duration.ofMillis(100);

    /** A JVM that is busy for the first time takes some for its compiler and its heap. */
    private static final long GROWTH_BYTES_MAX = 48L << 20;

    private static final long WARM_UP_SECONDS = 4;

    /** A machine that needs longer than so many times the time has sent no flood. */
    private static final int SLOWNESS_MAX = 5;

    /** Of real agents: what a mutation begins with. */
    private static final List<byte[]> REAL = List.of(
            bytes("0486a441646472a47f000001ab496e6361726e6174696f6e01a44d657461aaff81a4726f6c65a27079a44e6f6465a3707931"
                    + "a4506f7274cd4628a356736ea6010502020505"),
            bytes("0982a4416c676f00a3427566b70005083a05254c1e366fc29001566a4a99384ede0c0808"),
            bytes("0182a445787072a3702e2aa3546167a4726f6c65"),
            bytes("0703000500050005abcdefabcdefabcdefabcdefabcdef"));

    private final long seed = Long.getLong("proof.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final Set<Integer> asked = new HashSet<>();
    private final Set<Integer> answered = new HashSet<>();
    private int number; // of the next probe
    private int unansweredSeconds;
    private long sent;

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    @Test
    void a_flood_of_garbage_neither_kills_nor_fills_nor_deafens_a_member(Stage stage) throws Exception {
        long seconds = Long.getLong("proof.flood", 10);
        MusterNode node = stage.agent("m1").with("-disable-compression=true").start();
        try (DatagramChannel channel = DatagramChannel.open()) {
            String[] place = node.gossipAddress().split(":");
            channel.bind(new InetSocketAddress(InetAddress.getByName(place[0]), 0));
            channel.connect(new InetSocketAddress(place[0], Integer.parseInt(place[1])));
            channel.setOption(StandardSocketOptions.SO_SNDBUF, 4 << 20);
            channel.configureBlocking(false);
            flood(channel, WARM_UP_SECONDS);
            long before = memory(node);
            long lostBefore = lost(node);
            sent = 0;
            asked.clear();
            answered.clear();
            unansweredSeconds = 0;
            long beganNanos = System.nanoTime();
            flood(channel, seconds);
            double tookSeconds = (System.nanoTime() - beganNanos) / 1e9;
            long after = memory(node);
            long lost = lost(node) - lostBefore;
            String said =
                    "seed %d: %,d packets in %.1f s, %,.0f a second, of which the member's socket had no room for %,d; %d of %d probes answered (%.0f %%), %d seconds without an answer; %,d KiB before and %,d after"
                            .formatted(
                                    seed,
                                    sent,
                                    tookSeconds,
                                    sent / tookSeconds,
                                    lost,
                                    answered.size(),
                                    asked.size(),
                                    100.0 * answered.size() / asked.size(),
                                    unansweredSeconds,
                                    before >> 10,
                                    after >> 10);
            System.out.println(said);
            assertThat(node.program().running()).isTrue();
            assertThat(sent).as(said).isEqualTo(seconds * PACKETS_PER_SECOND);
            assertThat(sent - lost).as("%s: what the member read", said).isGreaterThan(sent / READ_SHARE_MIN);
            assertThat(after - before).as(said).isLessThan(GROWTH_BYTES_MAX);
            assertThat(answered).as(said).hasSizeGreaterThan(asked.size() / 2);
            int last = number;
            Await.until("an answer after the flood", () -> {
                try {
                    probe(channel, last);
                    hear(channel);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
                return answered.contains(last);
            });
        }
        String info = node.serf("info").orFail().stdout();
        assertThat(info).containsPattern("rejected-[a-z-]+ = [1-9]");
        assertThat(info).doesNotContainPattern(Pattern.compile("\\bfaults = "));
    }

    private void flood(DatagramChannel channel, long seconds) throws IOException {
        long begin = System.nanoTime();
        long end = begin + seconds * SLOWNESS_MAX * 1_000_000_000L;
        long sentBefore = sent;
        long all = sentBefore + seconds * PACKETS_PER_SECOND;
        long nextProbe = begin;
        long secondEnds = begin + 1_000_000_000L;
        int answersBefore = answered.size();
        var packets = new ArrayList<ByteBuffer>();
        for (int i = 0; i < 4_096; i++) {
            packets.add(ByteBuffer.wrap(garbage()));
        }
        for (long now = begin; now < end && sent < all; now = System.nanoTime()) {
            long due = Math.min(all, sentBefore + (now - begin) / (1_000_000_000L / PACKETS_PER_SECOND));
            for (int i = 0; i < PACKETS_AT_ONCE && sent < due; i++) {
                if (channel.write(packets.get((int) (sent % packets.size())).rewind()) == 0) {
                    break; // our own buffer is full
                }
                sent++;
            }
            if (now >= nextProbe) {
                probe(channel, number++);
                nextProbe = now + PROBE_EVERY.toNanos();
            }
            hear(channel);
            if (now >= secondEnds) {
                unansweredSeconds += answered.size() == answersBefore ? 1 : 0;
                answersBefore = answered.size();
                secondEnds += 1_000_000_000L;
            }
            if (sent >= due) {
                LockSupport.parkNanos(200_000);
            }
        }
    }

    private byte[] garbage() {
        if (random.nextInt(3) == 0) {
            var noise = new byte[1 + random.nextInt(1_400)];
            random.nextBytes(noise);
            noise[0] = (byte) random.nextInt(14);
            return noise;
        }
        byte[] mutant = REAL.get(random.nextInt(REAL.size())).clone();
        for (int i = 0; i <= random.nextInt(4); i++) {
            mutant[1 + random.nextInt(mutant.length - 1)] = (byte) random.nextInt(256);
        }
        return mutant;
    }

    /** A ping of memberlist's for m1. */
    private void probe(DatagramChannel channel, int number) throws IOException {
        byte[] head = "\u0000\u0082\u00a4Node\u00a2m1\u00a5SeqNo\u00ce".getBytes(StandardCharsets.ISO_8859_1);
        channel.write(ByteBuffer.allocate(head.length + 4)
                .put(head)
                .putInt(sequence(number))
                .flip());
        asked.add(number);
    }

    /** Always four bytes long, so that it stands in the ack as it does in the ping. */
    private static int sequence(int number) {
        return 0x7a000000 + number;
    }

    private void hear(DatagramChannel channel) throws IOException {
        ByteBuffer heard = ByteBuffer.allocate(2_048);
        while (channel.read(heard.clear()) > 0) {
            heard.flip();
            for (int at = 0; at + 3 < heard.limit(); at++) {
                int answer = heard.getInt(at) - 0x7a000000;
                if (asked.contains(answer)) {
                    answered.add(answer);
                }
            }
        }
    }

    /** Packets for which the kernel had no room in the socket that the member gossips with. */
    private static long lost(MusterNode node) throws IOException {
        String[] place = node.gossipAddress().split(":");
        byte[] ip = InetAddress.getByName(place[0]).getAddress();
        // As the kernel writes it: the address with its last number first.
        String local = "%02X%02X%02X%02X:%04X".formatted(ip[3], ip[2], ip[1], ip[0], Integer.parseInt(place[1]));
        long lost = 0;
        boolean found = false;
        for (String table : List.of("udp", "udp6")) {
            for (String line :
                    Files.readAllLines(Path.of("/proc/" + node.program().pid() + "/net/" + table))) {
                String[] columns = line.strip().split("\\s+");
                if (columns[1].endsWith(local)) {
                    found = true;
                    lost += Long.parseLong(columns[columns.length - 1]);
                }
            }
        }
        if (!found) {
            throw new IOException("no socket is bound to " + node.gossipAddress());
        }
        return lost;
    }

    private static long memory(MusterNode node) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + node.program().pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        }
        throw new IOException("no VmRSS");
    }
}
