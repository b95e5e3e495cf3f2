package muster.gossip.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What crashes or confuses a real peer, or is made to exhaust us: each is refused for its own reason, and never sent. */
class MalformedInputTest {
    private static final Bytes NACK = MessageCodec.encode(new Message.Nack(7));
    private static final Bytes VERSIONS = Bytes.hex("010502020505");
    private static final Bytes LOOPBACK = Bytes.hex("7f000001");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "                                | EMPTY                 | no byte at all",
                "08                              | EMPTY_USER_MESSAGE    | a user message of nothing",
                "0c                              | TRUNCATED             | a checksum without its four bytes",
                "0c00000000                      | EMPTY                 | a checksum over nothing",
                "0c00000001 0b80                 | BAD_CRC               | a wrong checksum",
                "07                              | TRUNCATED             | a compound without a count",
                "0700                            | EMPTY                 | a compound of no parts",
                "0702 0001                       | TRUNCATED             | a compound without all lengths",
                "f4 05 6c6162656c 0b80           | LABEL_UNSUPPORTED     | a label of newer memberlists",
                "0e                              | UNKNOWN_TYPE          | the first type that is not taken",
                "ff                              | UNKNOWN_TYPE          | the last type",
                "06 83                           | NOT_ALLOWED_HERE      | a push/pull in a datagram",
                "0a 00000000                     | NOT_ALLOWED_HERE      | a sealed stream in a datagram",
                "0d 81 a54572726f72 a0           | NOT_ALLOWED_HERE      | an error in a datagram",
                "09 82 a4416c676f 00 a3427566 a0 | BAD_COMPRESSION       | compressed nothing, not even an end code",
                "09 82 a4416c676f 00 a3427566 a3 000302 | EMPTY          | compressed nothing, well-formed",
                "09 82 a4416c676f 01 a3427566 a0 | UNKNOWN_COMPRESSION   | an algorithm that is not LZW",
                "09 82 a4416c676f 00 a3427566 81 | WRONG_FIELD_TYPE      | compressed bytes that are a map",
                "0b                              | TRUNCATED             | a nack without a body",
                "0b 81                           | TRUNCATED             | a map without its pair",
                "0b c1                           | BAD_MSGPACK           | the one byte that MessagePack never uses",
                "0b a3616263                     | WRONG_FIELD_TYPE      | a string where a struct must be",
                "0b 81 01 02                     | WRONG_FIELD_TYPE      | a key that is a number",
                "0b 81 c40153 02                 | WRONG_FIELD_TYPE      | a key that is bin",
                "0b 81 a55365714e6f a0           | WRONG_FIELD_TYPE      | a sequence number that is a string",
                "0b 81 a55365714e6f ff           | NUMBER_OUT_OF_RANGE   | a sequence number below 0",
                "0b 81 a55365714e6f cf0000000100000000 | NUMBER_OUT_OF_RANGE | a sequence number of 33 bits",
                "0b 81 a55365714e6f cfffffffffffffffff | NUMBER_OUT_OF_RANGE | the highest number there is",
                "0b df 3b9aca00                  | BAD_COUNT             | a map of 10^9 pairs",
                "0b dd 3b9aca00                  | BAD_COUNT             | an array of 10^9 values",
                "0b dd ffffffff                  | BAD_COUNT             | an array of 2^32-1 values",
                "0b dd 000f0000                  | TRUNCATED             | an array of a million values that are not there",
                "02 81 a75061796c6f6164 db 7fffffff | TOO_LARGE          | a payload of 2 GiB",
                "0b 81 a178 c6 ffffffff          | TOO_LARGE             | an unknown field of 4 GiB",
                "0b 81 a178 c9 ffffffff 01       | TOO_LARGE             | an extension of 4 GiB",
                "00 81 a44e6f6465 c4026e31       | WRONG_FIELD_TYPE      | a name that is bin",
                "00 81 a44e6f6465 a2c328         | BAD_TEXT              | a name that is not UTF-8",
                "00 81 aa536f7572636541646472 a3 7f0000 | BAD_ADDRESS    | an address of 3 bytes",
                "00 81 aa536f75726365506f7274 ce00010000 | NUMBER_OUT_OF_RANGE | port 65536",
                "01 80                           | BAD_ADDRESS           | an indirect ping to nowhere",
            })
    void a_datagram_is_refused_for_its_own_reason(String hex, Rejection reason, String what) {
        Bytes datagram = hex == null ? Bytes.EMPTY : Bytes.hex(hex.replace(" ", ""));
        assertThat(Packet.decode(datagram, Keyring.PLAIN))
                .as(what)
                .isInstanceOfSatisfying(
                        Decoded.Rejected.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(reason));
    }

    @Test
    void nesting_of_a_thousand_is_refused_without_a_deep_stack() {
        Bytes maps = Bytes.hex("0b" + "81a178".repeat(1_000) + "01");
        Bytes arrays = Bytes.hex("0b81a178" + "91".repeat(1_000) + "01");
        assertRejected(Packet.decode(maps, Keyring.PLAIN), Rejection.TOO_DEEP);
        assertRejected(Packet.decode(arrays, Keyring.PLAIN), Rejection.TOO_DEEP);
    }

    @Test
    void compounds_in_compounds_are_read_to_a_depth_and_then_refused() {
        Bytes bytes = NACK;
        for (int depth = 1; depth <= PacketReader.NESTING_MAX; depth++) {
            bytes = compoundOf(bytes, NACK);
            Packet packet = RecordedPacketsTest.ok(Packet.decode(bytes, Keyring.PLAIN));
            assertThat(packet.messages()).hasSize(depth + 1);
            assertThat(packet.badParts()).isEmpty();
        }
        Packet tooDeep = RecordedPacketsTest.ok(Packet.decode(compoundOf(bytes, NACK), Keyring.PLAIN));
        assertThat(tooDeep.badParts()).containsExactly(Rejection.NESTED_TOO_DEEP);
        assertThat(tooDeep.messages()).hasSize(PacketReader.NESTING_MAX);
    }

    @Test
    void a_tree_of_compounds_is_cut_at_a_number_of_parts() {
        Bytes many = compoundOf(Collections.nCopies(255, NACK).toArray(Bytes[]::new));
        Packet packet =
                RecordedPacketsTest.ok(Packet.decode(compoundOf(many, many, many, many, many, many), Keyring.PLAIN));
        // The parts that are compounds count too.
        assertThat(packet.messages()).hasSize(PacketReader.PARTS_MAX - 4);
        assertThat(packet.badParts()).containsOnly(Rejection.TOO_MANY_PARTS);
    }

    @Test
    void a_bad_part_does_not_spoil_the_others() {
        Packet empty = RecordedPacketsTest.ok(Packet.decode(compoundOf(NACK, Bytes.EMPTY, NACK), Keyring.PLAIN));
        assertThat(empty.messages()).hasSize(2);
        assertThat(empty.badParts()).containsExactly(Rejection.EMPTY_PART);
        Packet unknown = RecordedPacketsTest.ok(Packet.decode(compoundOf(Bytes.hex("0e"), NACK), Keyring.PLAIN));
        assertThat(unknown.messages()).hasSize(1);
        assertThat(unknown.badParts()).containsExactly(Rejection.UNKNOWN_TYPE);
    }

    @Test
    void parts_behind_the_end_are_truncated_and_those_before_it_count() {
        Bytes whole = compoundOf(NACK, NACK, NACK);
        Bytes cut = Bytes.of(java.util.Arrays.copyOf(whole.array(), whole.size() - NACK.size() - 1));
        Packet packet = RecordedPacketsTest.ok(Packet.decode(cut, Keyring.PLAIN));
        assertThat(packet.messages()).hasSize(1);
        assertThat(packet.badParts()).containsExactly(Rejection.TRUNCATED, Rejection.TRUNCATED);
    }

    @Test
    void a_checksum_or_a_seal_inside_a_compound_is_refused() {
        Packet packet = RecordedPacketsTest.ok(
                Packet.decode(compoundOf(Bytes.hex("0c000000000b80"), Bytes.hex("0a00000000"), NACK), Keyring.PLAIN));
        assertThat(packet.badParts()).containsExactly(Rejection.NOT_ALLOWED_HERE, Rejection.NOT_ALLOWED_HERE);
        assertThat(packet.messages()).hasSize(1);
    }

    @Test
    void a_bomb_in_a_datagram_is_not_unfolded_beyond_its_limit() {
        Bytes zeros = Bytes.of(new byte[4 * 1024 * 1024]);
        Bytes bomb = Compression.wrap(zeros);
        assertThat(bomb.size()).isLessThan(16 * 1024);
        assertRejected(Packet.decode(bomb, Keyring.PLAIN), Rejection.INFLATED_TOO_LARGE);
    }

    @Test
    void many_small_bombs_share_one_limit() {
        var payload = new byte[PacketReader.INFLATED_BYTES_MAX / 2 - 1];
        payload[0] = MessageType.USER;
        Bytes half = Compression.wrap(Bytes.of(payload));
        Packet packet = RecordedPacketsTest.ok(Packet.decode(compoundOf(half, half, half), Keyring.PLAIN));
        assertThat(packet.messages()).hasSize(2);
        assertThat(packet.badParts()).containsExactly(Rejection.INFLATED_TOO_LARGE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 5, 7, 300})
    void versions_that_are_not_six_bytes_are_refused(int size) {
        assertRejected(MessageCodec.decode(alive("n", LOOPBACK, 2, size)), Rejection.BAD_VERSIONS);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 5, 15, 17, 300})
    void addresses_of_other_sizes_are_refused(int size) {
        assertRejected(MessageCodec.decode(alive("n", Bytes.of(new byte[size]), 2, 6)), Rejection.BAD_ADDRESS);
    }

    @Test
    void an_alive_needs_a_name_that_is_not_too_long_and_meta_that_is_not_too_much() {
        assertRejected(MessageCodec.decode(alive("", LOOPBACK, 2, 6)), Rejection.NAME_EMPTY);
        assertRejected(MessageCodec.decode(alive("n".repeat(256), LOOPBACK, 2, 6)), Rejection.NAME_TOO_LONG);
        assertRejected(MessageCodec.decode(alive("n", LOOPBACK, 513, 6)), Rejection.META_TOO_LONG);
        assertRejected(MessageCodec.decode(alive("n", Bytes.EMPTY, 2, 6)), Rejection.BAD_ADDRESS);
        assertThat(MessageCodec.decode(alive("n".repeat(255), LOOPBACK, 512, 6)))
                .isInstanceOf(Decoded.Ok.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2 | 0a             | PLAINTEXT_UNEXPECTED",
                "2 | 02             | PLAINTEXT_UNEXPECTED",
                "2 | 63             | BAD_ENCRYPTION",
                "2 | f4             | LABEL_UNSUPPORTED",
                "2 | 01             | TRUNCATED",
                "2 | 00             | TRUNCATED",
                "40 | 01            | WRONG_KEY",
                "40 | 00            | WRONG_KEY",
            })
    void with_keys_what_is_not_sealed_is_refused(int size, String first, Rejection reason) {
        var array = new byte[size];
        array[0] = Bytes.hex(first).array()[0];
        assertRejected(Packet.decode(Bytes.of(array), new Keyring(List.of(Bytes.of(new byte[16])))), reason);
    }

    /** One that begins like a map or an array, 36 of 256, could be a damaged ping. */
    @Test
    void without_keys_what_is_sealed_is_told_from_a_damaged_ping_as_a_rule() {
        var ring = new Keyring(List.of(Bytes.of(new byte[16])));
        var ack = MessageCodec.encode(new Message.Ack(1, Bytes.EMPTY));
        int told = 0;
        for (int seed = 0; seed < 1_000; seed++) {
            Bytes sealed = Packet.encode(List.of(ack), false, false, ring, new Random(seed * 7_919L));
            if (Packet.decode(sealed, Keyring.PLAIN)
                    .equals(new Decoded.Rejected<>(Rejection.ENCRYPTED_UNEXPECTED, 0))) {
                told++;
            }
        }
        assertThat(told).isBetween(800, 920);
        Bytes damagedPing = Bytes.hex("0085a44e6f6465a3707931a55365714e6f05aa536f7572636541646472a47f0000");
        assertRejected(Packet.decode(damagedPing, Keyring.PLAIN), Rejection.TRUNCATED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "                             | EMPTY             | nothing",
                "06 80                        | NOT_ALLOWED_HERE  | the payload of a conflict query",
                "07 80                        | NOT_ALLOWED_HERE  | the payload of a key query",
                "0a 80                        | UNKNOWN_TYPE      | the first type that is not taken",
                "01 81 a54c54696d65 cfffffffffffffffff | NUMBER_OUT_OF_RANGE | a Lamport time that can only be meant to stop the clock",
                "04 80                        | BAD_ADDRESS       | a query that could not be answered",
                "04 81 a746696c74657273 91 a0 | EMPTY_FILTER      | a query with an empty filter",
                "04 81 a746696c74657273 91 c0 | EMPTY_FILTER      | a query with a nil filter",
                "04 82 a441646472 a47f000001 a44e616d65 b15f736572665f696e7374616c6c2d6b6579 | EMPTY_KEY_REQUEST | a key query without a key",
                "04 81 a754696d656f7574 ff    | NUMBER_OUT_OF_RANGE | a query that ended before it began",
                "09 81 a84465737441646472 81 a24950 a47f000001 | EMPTY_USER_MESSAGE | a relay of nothing",
                "02 81 ac5374617475734c54696d6573 df3b9aca00 | BAD_COUNT | a state of 10^9 members",
                "02 81 a64576656e7473 91 01   | WRONG_FIELD_TYPE  | an event slot that is a number",
            })
    void a_serf_message_is_refused_for_its_own_reason(String hex, Rejection reason, String what) {
        Bytes payload = hex == null ? Bytes.EMPTY : Bytes.hex(hex.replace(" ", ""));
        assertThat(SerfCodec.decode(payload))
                .as(what)
                .isInstanceOfSatisfying(
                        Decoded.Rejected.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(reason));
    }

    @Test
    void what_would_crash_a_peer_is_never_written() {
        var random = new Random(1);
        assertThatThrownBy(() -> Packet.encode(List.of(), false, false, Keyring.PLAIN, random))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Packet.encode(List.of(NACK, Bytes.EMPTY), false, false, Keyring.PLAIN, random))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Packet.encode(Collections.nCopies(128, NACK), false, false, Keyring.PLAIN, random))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("127");
        assertThatThrownBy(() -> MessageCodec.encode(new Message.User(Bytes.EMPTY)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StreamCodec.encode(new Message.User(Bytes.EMPTY), true, Keyring.PLAIN, random))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MessageCodec.encode(new Message.Alive(1, "n", LOOPBACK, 1, Bytes.EMPTY, Bytes.EMPTY)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() ->
                        MessageCodec.encode(new Message.Alive(1, "n", LOOPBACK, 1, Bytes.of(new byte[513]), VERSIONS)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SerfCodec.encode(query("load", List.of(Bytes.EMPTY), Bytes.EMPTY)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SerfCodec.encode(query("_serf_use-key", List.of(), Bytes.EMPTY)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SerfCodec.encode(new SerfMessage.Relay(LOOPBACK, 1, "", "n", Bytes.EMPTY)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_compound_of_127_is_written_and_read() {
        Bytes packet = Packet.encode(Collections.nCopies(127, NACK), false, false, Keyring.PLAIN, new Random(1));
        assertThat(RecordedPacketsTest.ok(Packet.decode(packet, Keyring.PLAIN)).messages())
                .hasSize(127);
    }

    private static SerfMessage.Query query(String name, List<Bytes> filters, Bytes payload) {
        return new SerfMessage.Query(1, 2, LOOPBACK, 3, "n", filters, 0, 0, 1, name, payload);
    }

    private static void assertRejected(Decoded<?> decoded, Rejection reason) {
        assertThat(decoded)
                .isInstanceOfSatisfying(
                        Decoded.Rejected.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(reason));
    }

    /** What {@link MessageCodec} would refuse to write. */
    private static Bytes alive(String name, Bytes address, int metaBytes, int versionsBytes) {
        var out = new MsgPackWriter(MsgPackWriter.Mode.GOSSIP);
        out.rawByte(MessageType.ALIVE).map(6);
        out.text("Addr").bytes(address).text("Incarnation").unsigned(1);
        out.text("Meta").bytes(Bytes.of(new byte[metaBytes])).text("Node").text(name);
        out.text("Port").unsigned(7946).text("Vsn").bytesOrNil(Bytes.of(new byte[versionsBytes]));
        return out.toBytes();
    }

    /** What {@link Packet} would refuse to write: any number of parts, empty ones too. */
    static Bytes compoundOf(Bytes... parts) {
        var out = new MsgPackWriter(MsgPackWriter.Mode.GOSSIP);
        out.rawByte(MessageType.COMPOUND).rawByte(parts.length);
        List<Bytes> all = new ArrayList<>(List.of(parts));
        all.forEach(part -> out.rawByte(part.size() >> 8).rawByte(part.size()));
        all.forEach(out::rawBytes);
        return out.toBytes();
    }
}
