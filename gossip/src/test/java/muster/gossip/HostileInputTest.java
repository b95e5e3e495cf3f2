package muster.gossip;

import static muster.gossip.Subject.address;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Decoded;
import muster.gossip.wire.Keyring;
import muster.gossip.wire.Message;
import muster.gossip.wire.Message.LifeState;
import muster.gossip.wire.Packet;
import muster.gossip.wire.SerfCodec;
import muster.gossip.wire.StreamReader;
import org.junit.jupiter.api.Test;

class HostileInputTest {
    private final Subject me = new Subject().knows(3);

    /** Real packets of a member: a ping, gossip, an ack. */
    private static List<Bytes> packets() {
        var other = new Subject();
        other.hears(Subject.alive(2, 1, "role", "web"), Subject.alive(3, 1), Subject.suspect(3, 1, "p2"));
        other.hears(new Message.Ping(1, "me", Bytes.EMPTY, 0, ""));
        other.tells(new Input.SendEvent("deploy", Bytes.utf8("now"), false)).passes(Duration.ofSeconds(2));
        return other.datagrams().map(Effect.SendDatagram::payload).toList();
    }

    @Test
    void what_cannot_be_read_changes_nothing_and_is_counted() {
        var random = new Random(1);
        var rejected = new AtomicLong();
        for (Bytes packet : packets()) {
            for (int bit = 0; bit < packet.size() * 8; bit++) {
                byte[] flipped = packet.array().clone();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                offer(Bytes.of(flipped), rejected);
            }
            for (int length = 0; length < packet.size(); length++) {
                offer(Bytes.of(java.util.Arrays.copyOf(packet.array(), length)), rejected);
            }
        }
        for (int i = 0; i < 20_000; i++) {
            byte[] noise = new byte[random.nextInt(64)];
            random.nextBytes(noise);
            offer(Bytes.of(noise), rejected);
        }
        long counted = me.gossip.counters().entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("rejected-"))
                .mapToLong(Map.Entry::getValue)
                .sum();
        assertThat(counted).isGreaterThanOrEqualTo(rejected.get());
    }

    private void offer(Bytes packet, AtomicLong rejected) {
        long digest = me.gossip.stateDigest();
        me.effects.clear();
        boolean refused = Packet.decode(packet, Keyring.PLAIN) instanceof Decoded.Rejected<Packet>;
        me.tells(new Input.Datagram(address(9), packet));
        if (refused) {
            rejected.incrementAndGet();
            assertThat(me.gossip.stateDigest()).as(packet.hex()).isEqualTo(digest);
            assertThat(me.effects)
                    .as(packet.hex())
                    .allMatch(effect ->
                            effect instanceof Effect.Notify(Notice notice) && notice instanceof Notice.Logged);
        }
    }

    @Test
    void a_stream_that_cannot_be_read_changes_nothing_and_is_closed() {
        Bytes whole = me.encodedStream(new Message.PushPull(
                true,
                List.of(Subject.row(7, 1, LifeState.ALIVE), Subject.row(8, 1, LifeState.ALIVE)),
                SerfCodec.encode(Subject.state(5, Map.of("p7", 3L), List.of()))));
        var random = new Random(2);
        for (int i = 0; i < 3_000; i++) {
            byte[] broken = whole.array().clone();
            broken[random.nextInt(broken.length)] ^= (byte) (1 << random.nextInt(8));
            boolean refused =
                    new StreamReader(Keyring.PLAIN).add(Bytes.of(broken)) instanceof StreamReader.Progress.Rejected;
            long digest = me.gossip.stateDigest();
            long stream = -1 - i;
            me.tells(new Input.StreamAccepted(stream, address(9)));
            me.tells(new Input.StreamBytes(stream, Bytes.of(broken)));
            if (refused) {
                assertThat(me.gossip.stateDigest()).isEqualTo(digest);
                assertThat(me.effects).contains(new Effect.CloseStream(stream));
            }
            me.tells(new Input.StreamClosed(stream, ""));
            me.effects.clear();
        }
    }

    @Test
    void input_about_streams_that_do_not_exist_is_ignored() {
        long digest = me.gossip.stateDigest();
        me.tells(new Input.StreamConnected(5))
                .tells(new Input.StreamBytes(5, Bytes.utf8("x")))
                .tells(new Input.StreamClosed(5, "reset"));
        assertThat(me.gossip.stateDigest()).isEqualTo(digest);
    }

    @Test
    void settings_that_cannot_be_are_refused_with_the_remedy() {
        assertThat(org.assertj.core.api.Assertions.catchThrowable(
                        () -> new Subject(settings -> settings.withKeys(List.of(Bytes.utf8("short"))))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("16, 24 or 32");
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> Settings.of("", address(1), Subject.tags())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("name");
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() ->
                        new Subject(settings -> Settings.of("me", address(1), Subject.tags("big", "x".repeat(600))))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("512");
    }
}
