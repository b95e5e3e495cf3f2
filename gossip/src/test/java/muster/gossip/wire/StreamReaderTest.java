package muster.gossip.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import muster.gossip.wire.Message.LifeState;
import muster.gossip.wire.Message.NodeState;
import muster.gossip.wire.StreamReader.Progress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamReaderTest {
    private static final Bytes KEY = Bytes.of(new byte[16]);
    private static final Keyring KEYS = new Keyring(List.of(KEY));
    private static final Bytes VERSIONS = Bytes.hex("010502020505");

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100, 1_000, 20_000})
    void a_push_pull_of_any_size_comes_back_the_same_in_all_forms(int members) {
        Message sent = pushPull(members, 1_000);
        for (boolean compress : new boolean[] {false, true}) {
            for (Keyring keys : List.of(Keyring.PLAIN, KEYS)) {
                Bytes bytes = StreamCodec.encode(sent, compress, keys, new Random(1));
                assertThat(new StreamReader(keys).add(bytes)).isEqualTo(new Progress.Complete(sent));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void pieces_of_any_size_give_the_same_message(long seed) {
        var random = new Random(seed);
        Message sent = pushPull(50, random.nextInt(2_000));
        Keyring keys = seed % 2 == 0 ? KEYS : Keyring.PLAIN;
        Bytes bytes = StreamCodec.encode(sent, seed % 3 == 0, keys, random);
        var reader = new StreamReader(keys);
        Progress progress = new Progress.NeedMore();
        for (int at = 0; at < bytes.size(); ) {
            assertThat(progress).as("seed %d", seed).isEqualTo(new Progress.NeedMore());
            int piece = Math.min(random.nextInt(64), bytes.size() - at);
            progress = reader.add(Bytes.of(Arrays.copyOfRange(bytes.array(), at, at + piece)));
            at += piece;
        }
        assertThat(progress).as("seed %d", seed).isEqualTo(new Progress.Complete(sent));
    }

    @Test
    void short_messages_and_user_messages_travel_too() {
        for (Message sent : List.of(
                new Message.Ping(1, "n", Bytes.EMPTY, 0, ""),
                new Message.Ack(1, Bytes.EMPTY),
                new Message.ErrorReply("no"),
                new Message.User(Bytes.utf8("payload")),
                new Message.User(Bytes.of(new byte[100_000])))) {
            Bytes bytes = StreamCodec.encode(sent, false, Keyring.PLAIN, new Random(1));
            var reader = new StreamReader(Keyring.PLAIN);
            for (int i = 0; i < bytes.size() - 1; i++) {
                assertThat(reader.add(oneByte(bytes, i))).isEqualTo(new Progress.NeedMore());
            }
            assertThat(reader.add(oneByte(bytes, bytes.size() - 1))).isEqualTo(new Progress.Complete(sent));
        }
    }

    @Test
    void bytes_behind_the_message_change_nothing() {
        var reader = new StreamReader(Keyring.PLAIN);
        Progress complete = reader.add(Bytes.hex("0281a55365714e6f05" + "ffff"));
        assertThat(complete).isEqualTo(new Progress.Complete(new Message.Ack(5, Bytes.EMPTY)));
        assertThat(reader.add(Bytes.hex("ff"))).isEqualTo(complete);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "f4 01 61 00                                        | LABEL_UNSUPPORTED",
                "0a 00000001                                        | ENCRYPTED_UNEXPECTED",
                "03                                                 | NOT_ALLOWED_HERE",
                "07                                                 | NOT_ALLOWED_HERE",
                "0c                                                 | NOT_ALLOWED_HERE",
                "0e                                                 | UNKNOWN_TYPE",
                "06 81 a54e6f646573 ff                              | BAD_COUNT",
                "06 81 a54e6f646573 ce 000186a1                     | BAD_COUNT",
                "06 81 a54e6f646573 ce 3b9aca00                     | BAD_COUNT",
                "06 81 ac5573657253746174654c656e d0 80             | BAD_COUNT",
                "06 81 ac5573657253746174654c656e ce 01000001       | TOO_LARGE",
                "06 81 ac5573657253746174654c656e ce 7fffffff       | TOO_LARGE",
                "06 df 3b9aca00                                     | BAD_COUNT",
                "08 80                                              | EMPTY_USER_MESSAGE",
                "08 81 aa557365724d73674c656e ff                    | BAD_COUNT",
                "08 81 aa557365724d73674c656e ce 01000001           | TOO_LARGE",
                "09 82 a4416c676f 00 a3427566 a3 000302             | EMPTY",
                "09 82 a4416c676f 02 a3427566 a0                    | UNKNOWN_COMPRESSION",
                "0d 81 a54572726f72 da 1001                         | TOO_LARGE",
            })
    void a_stream_is_refused_for_its_own_reason_as_soon_as_it_shows(String hex, Rejection reason) {
        assertRejected(new StreamReader(Keyring.PLAIN).add(Bytes.hex(hex.replace(" ", ""))), reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "81 a44e616d65 a0                 | NAME_EMPTY",
                "81 a44e616d65 a1 ff              | BAD_TEXT",
                "81 a356736e a3 010502            | BAD_VERSIONS",
                "81 a441646472 a2 7f00            | BAD_ADDRESS",
                "81 a55374617465 04               | NUMBER_OUT_OF_RANGE",
                "81 ab496e6361726e6174696f6e cf 0000000100000000 | NUMBER_OUT_OF_RANGE",
            })
    void a_strange_row_is_left_out_and_the_others_are_read(String hex, Rejection reason) {
        Bytes bytes = Bytes.hex("06 81 a54e6f646573 02".replace(" ", "") + hex.replace(" ", "") + "80");
        assertThat(new StreamReader(Keyring.PLAIN).add(bytes))
                .isEqualTo(new Progress.Complete(
                        new Message.PushPull(false, List.of(), Bytes.EMPTY, List.of(reason, Rejection.NAME_EMPTY))));
    }

    @Test
    void compression_within_compression_is_refused() {
        Bytes once = Compression.wrap(Bytes.hex("0281a55365714e6f05"));
        assertThat(new StreamReader(Keyring.PLAIN).add(once)).isInstanceOf(Progress.Complete.class);
        assertRejected(new StreamReader(Keyring.PLAIN).add(Compression.wrap(once)), Rejection.NESTED_TOO_DEEP);
    }

    @Test
    void what_was_unfolded_must_be_whole() {
        assertRejected(
                new StreamReader(Keyring.PLAIN).add(Compression.wrap(Bytes.hex("0281a55365714e6f"))),
                Rejection.TRUNCATED);
    }

    @Test
    void a_bomb_in_a_stream_is_not_unfolded_beyond_its_limit() {
        var zeros = new byte[StreamReader.INFLATED_BYTES_MAX + 1];
        Bytes bomb = Compression.wrap(Bytes.of(zeros));
        assertThat(bomb.size()).isLessThan(200_000);
        assertRejected(new StreamReader(Keyring.PLAIN).add(bomb), Rejection.INFLATED_TOO_LARGE);
    }

    @Test
    void with_keys_only_what_is_sealed_is_read() {
        Bytes plain = StreamCodec.encode(new Message.Ack(1, Bytes.EMPTY), true, Keyring.PLAIN, new Random(1));
        assertRejected(new StreamReader(KEYS).add(plain), Rejection.PLAINTEXT_UNEXPECTED);
        assertRejected(new StreamReader(KEYS).add(Bytes.hex("f401")), Rejection.LABEL_UNSUPPORTED);
        assertRejected(new StreamReader(KEYS).add(Bytes.hex("0a01400001")), Rejection.TOO_LARGE);
        assertRejected(new StreamReader(KEYS).add(Bytes.hex("0affffffff")), Rejection.TOO_LARGE);
        assertRejected(new StreamReader(KEYS).add(Bytes.hex("0a00000000")), Rejection.EMPTY);
        assertRejected(new StreamReader(KEYS).add(Bytes.hex("0a0000000101")), Rejection.TRUNCATED);
    }

    @Test
    void more_than_20_MiB_are_not_held() {
        var reader = new StreamReader(Keyring.PLAIN);
        // A row that never ends: an unknown field claims more than may come.
        reader.add(Bytes.hex("0681a54e6f6465730181a178c6" + "01e00000"));
        Bytes piece = Bytes.of(new byte[1024 * 1024]);
        for (int i = 0; i < 19; i++) {
            assertThat(reader.add(piece)).isEqualTo(new Progress.NeedMore());
        }
        assertRejected(reader.add(piece), Rejection.TOO_LARGE);
    }

    @Test
    void an_element_of_endless_small_values_is_refused_before_it_costs_much() {
        var reader = new StreamReader(Keyring.PLAIN);
        Progress progress = reader.add(Bytes.hex("0681a178" + "dc4e20")); // an unknown field, an array of 20,000 …
        int added = 0;
        while (progress instanceof Progress.NeedMore) {
            progress = reader.add(Bytes.hex("93010203")); // … arrays of 3 numbers each
            added++;
        }
        assertRejected(progress, Rejection.TOO_LARGE);
        // Nothing is read before 20,000 values can be there; then the first look finds too many.
        assertThat(added).isBetween(5_000, 5_100);
    }

    @Test
    void single_bytes_of_a_large_state_take_time_in_proportion() {
        Bytes bytes = StreamCodec.encode(pushPull(2_000, 200_000), false, Keyring.PLAIN, new Random(1));
        var reader = new StreamReader(Keyring.PLAIN);
        var threads = ManagementFactory.getThreadMXBean(); // processor time: other work on the machine does not count
        long start = threads.getCurrentThreadCpuTime();
        Progress progress = new Progress.NeedMore();
        for (int i = 0; i < bytes.size(); i++) {
            progress = reader.add(oneByte(bytes, i));
        }
        assertThat(progress).isInstanceOf(Progress.Complete.class);
        // About 0.1 s; a reader that began anew each time would take minutes.
        assertThat(threads.getCurrentThreadCpuTime() - start).isLessThan(10_000_000_000L);
    }

    @Test
    void a_message_that_peers_would_refuse_is_not_written() {
        Message tooLong = new Message.PushPull(true, List.of(), Bytes.of(new byte[StreamReader.STREAM_BYTES_MAX]));
        assertThatThrownBy(() -> StreamCodec.encode(tooLong, false, Keyring.PLAIN, new Random(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Bytes oneByte(Bytes bytes, int index) {
        return Bytes.of(new byte[] {(byte) bytes.at(index)});
    }

    private static void assertRejected(Progress progress, Rejection reason) {
        assertThat(progress)
                .isInstanceOfSatisfying(
                        Progress.Rejected.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(reason));
    }

    private static Message pushPull(int members, int userBytes) {
        List<NodeState> nodes = new ArrayList<>();
        LifeState[] states = LifeState.values();
        for (int i = 0; i < members; i++) {
            nodes.add(new NodeState(
                    "node-" + i,
                    Bytes.of(new byte[i % 2 == 0 ? 4 : 16]),
                    i % 65_536,
                    Bytes.utf8("x".repeat(i % 100)),
                    i,
                    states[i % states.length],
                    VERSIONS));
        }
        var state = new byte[userBytes];
        new Random(userBytes).nextBytes(state);
        return new Message.PushPull(members % 2 == 0, nodes, Bytes.of(state));
    }
}
