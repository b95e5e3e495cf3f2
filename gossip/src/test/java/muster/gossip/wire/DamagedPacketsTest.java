package muster.gossip.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every truncation and every single-bit flip of every recorded packet: an answer each time, never an exception, never
 * more memory than a datagram deserves. What still reads is a message that we could have written ourselves.
 */
class DamagedPacketsTest {
    /** What reading one datagram may allocate, whatever it says. */
    private static final long ALLOCATED_BYTES_MAX = 256 * 1024;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final Map<Rejection, Long> SEEN = new EnumMap<>(Rejection.class);

    /** A long stream has too many bits: at least this many of it are flipped, evenly spread. */
    private static final int STREAM_FLIPS = 4_096;

    @AfterAll
    static void each_kind_of_damage_has_its_reason() {
        System.out.println("rejections=" + SEEN);
        assertThat(SEEN)
                .containsKeys(
                        Rejection.TRUNCATED,
                        Rejection.UNKNOWN_TYPE,
                        Rejection.BAD_CRC,
                        Rejection.WRONG_KEY,
                        Rejection.WRONG_FIELD_TYPE,
                        Rejection.BAD_ADDRESS,
                        Rejection.BAD_VERSIONS,
                        Rejection.BAD_TEXT,
                        Rejection.BAD_COMPRESSION,
                        Rejection.UNKNOWN_COMPRESSION,
                        Rejection.NOT_ALLOWED_HERE,
                        Rejection.EMPTY);
    }

    @ParameterizedTest
    @MethodSource("muster.gossip.wire.Recorded#datagrams")
    void every_truncation_of_a_datagram_is_answered(Recorded recorded) {
        for (int length = 0; length < recorded.bytes().size(); length++) {
            Decoded<Packet> decoded = decode(recorded.first(length), recorded.keys());
            if (recorded.sealed() || recorded.checked()) {
                assertThat(decoded).as("first %d bytes", length).isInstanceOf(Decoded.Rejected.class);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("muster.gossip.wire.Recorded#datagrams")
    void every_flipped_bit_of_a_datagram_is_answered(Recorded recorded) {
        for (int bit = 0; bit < recorded.bytes().size() * 8; bit++) {
            Decoded<Packet> decoded = decode(recorded.withBitFlipped(bit), recorded.keys());
            // A flip in the type byte of a checksum (12) may turn it into a user message (8), which nothing protects.
            if (recorded.sealed() || (recorded.checked() && bit >= 8)) {
                assertThat(decoded).as("bit %d", bit).isInstanceOf(Decoded.Rejected.class);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("muster.gossip.wire.Recorded#streams")
    void every_truncation_of_a_stream_waits_or_is_refused(Recorded recorded) {
        for (int length = 0; length < recorded.bytes().size(); length++) {
            assertThat(new StreamReader(recorded.keys()).add(recorded.first(length)))
                    .as("first %d bytes", length)
                    .isEqualTo(new StreamReader.Progress.NeedMore());
        }
    }

    @ParameterizedTest
    @MethodSource("muster.gossip.wire.Recorded#streams")
    void every_flipped_bit_of_a_stream_is_answered(Recorded recorded) {
        int bits = recorded.bytes().size() * 8;
        int step = Math.max(1, bits / STREAM_FLIPS);
        for (int bit = 0; bit < bits; bit += step) {
            switch (new StreamReader(recorded.keys()).add(recorded.withBitFlipped(bit))) {
                case StreamReader.Progress.NeedMore() -> {}
                case StreamReader.Progress.Rejected(Rejection reason, int offset) -> SEEN.merge(reason, 1L, Long::sum);
                case StreamReader.Progress.Complete(Message message) -> {
                    assertThat(recorded.sealed()).as("bit %d", bit).isFalse();
                    check(message);
                }
            }
        }
    }

    private static Decoded<Packet> decode(Bytes datagram, Keyring keys) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        Decoded<Packet> decoded = Packet.decode(datagram, keys);
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(ALLOCATED_BYTES_MAX);
        switch (decoded) {
            case Decoded.Ok<Packet>(Packet packet) -> {
                packet.messages().forEach(DamagedPacketsTest::check);
                packet.badParts().forEach(reason -> SEEN.merge(reason, 1L, Long::sum));
            }
            case Decoded.Rejected<Packet>(Rejection reason, int offset) -> SEEN.merge(reason, 1L, Long::sum);
        }
        return decoded;
    }

    /** What was read can be written, and reads the same again; what is within it is answered too. */
    static void check(Message message) {
        if (message instanceof Message.ErrorReply) {
            return; // for people to read: repaired where it is not UTF-8, and then longer
        }
        Message written = message instanceof Message.PushPull state
                ? new Message.PushPull(state.join(), state.nodes(), state.userState()) // rows left out are not written
                : message;
        assertThat(MessageCodec.decode(MessageCodec.encode(message))).isEqualTo(new Decoded.Ok<>(written));
        switch (message) {
            case Message.User(Bytes payload) -> checkSerf(payload);
            case Message.Alive alive -> count(Tags.decode(alive.meta()));
            case Message.Ack ack -> {
                if (CoordinateCodec.decode(ack.payload()) instanceof Decoded.Ok<Coordinate>(Coordinate coordinate)) {
                    assertThat(CoordinateCodec.decode(CoordinateCodec.encode(coordinate)))
                            .isEqualTo(new Decoded.Ok<>(coordinate));
                }
            }
            case Message.PushPull state -> {
                state.nodes().forEach(node -> count(Tags.decode(node.meta())));
                checkSerf(state.userState());
            }
            case Message.Ping ping -> {}
            case Message.IndirectPing ping -> {}
            case Message.Nack nack -> {}
            case Message.Suspect suspect -> {}
            case Message.Dead dead -> {}
            case Message.ErrorReply error -> {}
        }
    }

    private static void checkSerf(Bytes payload) {
        Decoded<SerfMessage> decoded = SerfCodec.decode(payload);
        count(decoded);
        if (decoded instanceof Decoded.Ok<SerfMessage>(SerfMessage message)) {
            assertThat(SerfCodec.decode(SerfCodec.encode(message))).isEqualTo(decoded);
        }
    }

    private static void count(Decoded<?> decoded) {
        if (decoded instanceof Decoded.Rejected<?>(Rejection reason, int offset)) {
            SEEN.merge(reason, 1L, Long::sum);
        }
    }
}
