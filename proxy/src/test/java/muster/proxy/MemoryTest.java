package muster.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MemoryTest {
    private static final int MIB = 1 << 20;

    @Test
    void the_less_is_left_the_less_one_connection_may_hold() {
        var held = new AtomicLong();
        var memory = new Memory(16 * MIB, held::get);
        assertThat(memory.isShort()).isFalse();
        int before = memory.shareBytes();
        assertThat(before).isEqualTo(256 << 10);
        while (held.get() < 20 * MIB) {
            memory.add(4 << 10);
            held.addAndGet(4 << 10);
            assertThat(memory.shareBytes()).isLessThanOrEqualTo(before);
            assertThat(memory.mark().high()).isEqualTo(memory.shareBytes());
            before = memory.shareBytes();
            long left = 16 * MIB - held.get();
            assertThat((long) before).isLessThanOrEqualTo(Math.max(4 << 10, left / 16));
        }
        assertThat(before).isEqualTo(4 << 10);
        assertThat(memory.isOverdrawn()).isFalse();
        for (; held.get() <= 25 * MIB; held.addAndGet(MIB)) memory.add(MIB);
        assertThat(memory.isOverdrawn()).isTrue();
    }

    @Test
    void what_is_free_again_is_left_for_others() {
        var memory = new Memory(16 * MIB, () -> 0);
        for (int i = 0; i < 1_000; i++) {
            memory.add(MIB);
            assertThat(memory.isShort()).isFalse();
        }
    }

    @Test
    void nobody_is_refused_for_what_is_free_again() {
        var held = new AtomicLong();
        var memory = new Memory(16 * MIB, held::get);
        for (; held.get() <= 25 * MIB; held.addAndGet(MIB)) memory.add(MIB);
        assertThat(memory.isOverdrawn()).isTrue();
        held.set(0);
        memory.add(4 << 10);
        assertThat(memory.isOverdrawn()).isFalse();
        assertThat(memory.isShort()).isFalse();
    }

    @Test
    void all_is_counted_seldom_however_little_is_left() {
        var counts = new AtomicInteger();
        var held = new AtomicLong(17 * MIB);
        var memory = new Memory(16 * MIB, () -> {
            counts.incrementAndGet();
            return held.get();
        });
        for (int i = 0; i < 16_384; i++) memory.add(1 << 10);
        memory.add(MIB);
        assertThat(memory.shareBytes()).isEqualTo(4 << 10);
        counts.set(0);
        for (int i = 0; i < 16_384; i++) memory.add(1 << 10);
        assertThat(counts).hasValueLessThan(40);
    }

    @Test
    void a_view_keeps_the_whole_buffer() {
        var buffer = PooledByteBufAllocator.DEFAULT.directBuffer(64 << 10).writeZero(100);
        assertThat(Memory.size(buffer.slice(10, 20))).isEqualTo(64 << 10);
        buffer.release();
    }
}
