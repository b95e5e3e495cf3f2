package muster.supervisor.s6;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import muster.supervisor.ExitStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class StatusTest {
    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00.000000005Z");

    private static Status status(ExitStatus last, boolean finishing, boolean wantUp, boolean ready) {
        return new Status(NOON, NOON.plusSeconds(1), 4_711, last, false, finishing, wantUp, ready);
    }

    @Test
    void the_bytes_are_those_that_s6_writes() {
        byte[] bytes = status(new ExitStatus.Exited(3), false, true, true).bytes();

        // @4000000069…: 2^62, the seconds of that noon, and 37; then nanoseconds.
        long seconds = NOON.getEpochSecond() + 37;
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo("40000000" + HexFormat.of().toHexDigits((int) seconds) + "00000005"
                        + "40000000" + HexFormat.of().toHexDigits((int) seconds + 1) + "00000005"
                        + "0000000000001267" + "0300" + "0c");
    }

    static Stream<Arguments> ends_and_their_wait_statuses() {
        return Stream.of(
                Arguments.of(new ExitStatus.Exited(0), 0),
                Arguments.of(new ExitStatus.Exited(255), 0xff00),
                Arguments.of(new ExitStatus.Killed(15, false), 15),
                Arguments.of(new ExitStatus.Killed(11, true), 0x8b));
    }

    @ParameterizedTest
    @MethodSource("ends_and_their_wait_statuses")
    void an_end_is_written_as_the_kernel_says_it(ExitStatus end, int expected) {
        byte[] bytes = status(end, true, false, false).bytes();

        assertThat(ByteBuffer.wrap(bytes).getShort(32) & 0xffff).isEqualTo(expected);
        assertThat(bytes[34]).isEqualTo((byte) 2);
    }

    @Test
    void what_is_written_can_be_read_back() {
        var random = new Random(5);
        for (int i = 0; i < 1_000; i++) {
            ExitStatus end = random.nextBoolean()
                    ? new ExitStatus.Exited(random.nextInt(256))
                    : new ExitStatus.Killed(1 + random.nextInt(64), random.nextBoolean());
            var written = new Status(
                    Instant.ofEpochSecond(random.nextLong(1L << 33), random.nextInt(1_000_000_000)),
                    Instant.ofEpochSecond(random.nextLong(1L << 33), random.nextInt(1_000_000_000)),
                    random.nextInt(1 << 22),
                    end,
                    random.nextBoolean(),
                    random.nextBoolean(),
                    random.nextBoolean(),
                    random.nextBoolean());
            assertThat(Status.of(written.bytes())).isEqualTo(written);
        }
    }

    @Test
    void other_lengths_are_no_status() {
        assertThatThrownBy(() -> Status.of(new byte[43])).hasMessageContaining("35 bytes, not 43");
    }

    @Test
    void a_tally_forgets_the_oldest_deaths() {
        var tally = new DeathTally();
        for (int i = 0; i < 5; i++) {
            tally.add(NOON.plusSeconds(i), i == 4 ? new ExitStatus.Killed(9, false) : new ExitStatus.Exited(i), 3);
        }

        byte[] bytes = tally.bytes();
        assertThat(bytes).hasSize(3 * 14);
        assertThat(Tai64n.read(ByteBuffer.wrap(bytes))).isEqualTo(NOON.plusSeconds(2));
        assertThat(new byte[] {bytes[12], bytes[13]}).containsExactly(2, 0);
        assertThat(new byte[] {bytes[40], bytes[41]}).containsExactly((byte) 137, (byte) 9);
    }
}
