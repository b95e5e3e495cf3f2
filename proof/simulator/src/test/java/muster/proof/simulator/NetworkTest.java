package muster.proof.simulator;

import static java.time.Duration.ofMillis;
import static muster.proof.simulator.Simulation.percent;
import static muster.proof.simulator.Simulation.seed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import muster.gossip.Address;
import muster.gossip.Effect;
import muster.gossip.Effects;
import muster.gossip.Input;
import muster.gossip.Member;
import muster.gossip.Settings;
import muster.gossip.wire.Bytes;
import org.junit.jupiter.api.Test;

/** The simulated network does what the weather says: measured with a protocol that only listens and talks on command. */
class NetworkTest {
    private static final int PACKETS = 20_000;

    /** A ping, so that the checker can read what is sent. */
    private static final Bytes PING = Bytes.hex("0082a44e6f6465a26d32a55365714e6f01");

    @Test
    void the_share_of_lost_datagrams_is_the_one_asked_for() {
        Cluster cluster = ears(1, Weather.CALM.withLoss(percent(17)));

        send(cluster, PACKETS);

        double sigma = Math.sqrt(PACKETS * 0.17 * 0.83);
        assertThat((double) PACKETS - heard(cluster, "m2").size()).isCloseTo(PACKETS * 0.17, within(3 * sigma));
        assertThat(cluster.datagramsLost())
                .isEqualTo(PACKETS - heard(cluster, "m2").size());
    }

    @Test
    void delays_are_exponential_with_the_mean_asked_for() {
        Cluster cluster = ears(2, Weather.CALM.withDelay(ofMillis(20)));

        send(cluster, PACKETS);

        List<Long> delays =
                heard(cluster, "m2").stream().map(Ears.Heard::atNanos).sorted().toList();
        double meanMillis = delays.stream().mapToLong(at -> at).average().orElseThrow() / 1e6 - 0.2;
        // Mean and standard deviation of an exponential distribution are equal; the median is ln 2 of them.
        assertThat(meanMillis).isCloseTo(20, within(3 * 20 / Math.sqrt(PACKETS)));
        assertThat(delays.get(PACKETS / 2) / 1e6 - 0.2)
                .isCloseTo(20 * Math.log(2), within(3 * 20 / Math.sqrt(PACKETS)));
    }

    @Test
    void some_datagrams_come_twice_and_out_of_order_when_asked_for() {
        Cluster cluster = ears(3, Weather.CALM.withDuplication(percent(8)));

        send(cluster, PACKETS);

        double sigma = Math.sqrt(PACKETS * 0.08 * 0.92);
        assertThat((double) heard(cluster, "m2").size() - PACKETS).isCloseTo(PACKETS * 0.08, within(3 * sigma));
    }

    @Test
    void a_flipped_bit_arrives_as_one_flipped_bit() {
        Cluster cluster = ears(4, Weather.CALM.withCorruption(1));

        send(cluster, 100);

        for (Ears.Heard one : heard(cluster, "m2")) {
            byte[] got = ((Input.Datagram) one.input()).payload().array();
            int bits = 0;
            for (int i = 0; i < got.length; i++) {
                bits += Integer.bitCount((got[i] ^ PING.array()[i]) & 0xff);
            }
            assertThat(bits).isEqualTo(1);
        }
    }

    @Test
    void a_split_network_carries_nothing_across_and_a_healed_one_everything() {
        Cluster cluster = ears(5, Weather.CALM);
        cluster.partition(List.of("m2"));
        send(cluster, 10);
        assertThat(heard(cluster, "m2")).isEmpty();

        cluster.heal();
        send(cluster, 10);
        assertThat(heard(cluster, "m2")).hasSize(10);
    }

    @Test
    void a_one_way_block_stops_one_way_only() {
        Cluster cluster = ears(6, Weather.CALM);
        cluster.network().blockOneWay(cluster.node("m1"), cluster.node("m2"));

        send(cluster, 10);
        talk(cluster, "m2", new Effect.SendDatagram(cluster.node("m1").address, PING));
        cluster.run(ofMillis(5_000));

        assertThat(heard(cluster, "m2")).isEmpty();
        assertThat(heard(cluster, "m1")).hasSize(1);
    }

    @Test
    void a_clogged_link_delivers_everything_late() {
        Cluster cluster = ears(7, Weather.CALM);
        cluster.network().clog(cluster.node("m1"), cluster.node("m2"), 3_000_000_000L);

        send(cluster, 10);

        assertThat(heard(cluster, "m2")).hasSize(10).allMatch(one -> one.atNanos() > 2_998_000_000L);
    }

    @Test
    void a_frozen_process_finds_its_packets_when_it_thaws() {
        Cluster cluster = ears(8, Weather.CALM);
        cluster.pause("m2", ofMillis(4_000));
        for (int i = 0; i < 10; i++) {
            talk(cluster, "m1", new Effect.SendDatagram(cluster.node("m2").address, PING));
        }

        cluster.run(ofMillis(3_900));
        assertThat(heard(cluster, "m2")).isEmpty();

        cluster.run(ofMillis(200));
        assertThat(heard(cluster, "m2")).hasSize(10);
    }

    @Test
    void a_stream_delivers_all_bytes_in_order_and_then_its_end() {
        Cluster cluster = ears(9, Weather.CALM.withDelay(ofMillis(30)));
        Address to = cluster.node("m2").address;
        var sent = new StringBuilder();
        talk(cluster, "m1", new Effect.OpenStream(1, to));
        cluster.run(ofMillis(5_000));
        for (int i = 0; i < 50; i++) {
            String piece = "06" + Integer.toHexString(0x1000 + i).repeat(2_000);
            sent.append(piece);
            // The checker reads along; bytes that mean nothing are for this test only, so they go around it.
            cluster.node("m1").streams.get(1L).write(Bytes.hex(piece));
        }
        talk(cluster, "m1", new Effect.CloseStream(1));

        cluster.run(ofMillis(20_000));

        var got = new StringBuilder();
        List<Input> inputs =
                heard(cluster, "m2").stream().map(Ears.Heard::input).toList();
        for (Input input : inputs) {
            if (input instanceof Input.StreamBytes(long stream, Bytes bytes)) {
                got.append(bytes.hex());
            }
        }
        assertThat(got.toString()).isEqualTo(sent.toString());
        assertThat(inputs.getFirst()).isInstanceOf(Input.StreamAccepted.class);
        assertThat(inputs.getLast()).isInstanceOf(Input.StreamClosed.class);
        assertThat(heard(cluster, "m1").getFirst().input()).isEqualTo(new Input.StreamConnected(1));
    }

    @Test
    void connecting_to_a_dead_process_is_refused_or_times_out() {
        Cluster cluster = ears(10, Weather.CALM);
        Address gone = cluster.node("m2").address;
        cluster.crash("m2");

        talk(cluster, "m1", new Effect.OpenStream(1, gone));
        cluster.run(ofMillis(15_000));

        assertThat(heard(cluster, "m1").getLast().input()).isInstanceOf(Input.StreamClosed.class);
    }

    private static Cluster ears(long value, Weather weather) {
        Cluster cluster = Simulation.simulate(seed(value))
                .members(2)
                .weather(weather)
                .protocol(Ears::new)
                .launch(java.time.Duration.ZERO);
        // Whatever their start made them say is not part of the measurement.
        cluster.run(ofMillis(1));
        return cluster;
    }

    private static void send(Cluster cluster, int count) {
        for (int i = 0; i < count; i++) {
            talk(cluster, "m1", new Effect.SendDatagram(cluster.node("m2").address, PING));
        }
        cluster.run(ofMillis(10_000));
    }

    private static void talk(Cluster cluster, String name, Effect effect) {
        Node node = cluster.node(name);
        ((Ears) node.core()).next.add(effect);
        cluster.shell().command(node, new Input.ProbeNow("speak"));
    }

    private static List<Ears.Heard> heard(Cluster cluster, String name) {
        return ((Ears) cluster.node(name).core()).heard;
    }

    /** Notes what it hears and says what it is told to say. */
    private static final class Ears implements Protocol {
        record Heard(Input input, long atNanos) {}

        final List<Heard> heard = new ArrayList<>();
        final List<Effect> next = new ArrayList<>();
        private final Settings settings;
        private final long bornNanos;

        Ears(Settings settings, RandomGenerator random, long nowNanos) {
            this.settings = settings;
            this.bornNanos = nowNanos;
        }

        @Override
        public void on(long nowNanos, Input input, Effects effects) {
            if (input instanceof Input.ProbeNow || input instanceof Input.Join) {
                next.forEach(effects::emit);
                next.clear();
            } else {
                heard.add(new Heard(input, nowNanos - bornNanos - 1_000_000));
            }
        }

        @Override
        public long nextDeadline() {
            return Long.MAX_VALUE;
        }

        @Override
        public List<Member> members() {
            return List.of();
        }

        @Override
        public Member self() {
            return new Member(
                    settings.name(),
                    settings.advertise(),
                    settings.tags(),
                    Member.Status.ALIVE,
                    false,
                    1,
                    0,
                    Bytes.EMPTY);
        }

        @Override
        public SortedMap<String, Long> facts() {
            return new TreeMap<>();
        }

        @Override
        public SortedMap<String, Long> counters() {
            return Collections.emptySortedMap();
        }

        @Override
        public long stateDigest() {
            return 0;
        }
    }
}
