package muster.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopWatchTest {
    private static final Duration EVERY = Duration.ofMillis(500);

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final List<EventLoop> loops = List.of(group.next(), group.next());
    private final AtomicLong events = new AtomicLong();
    private final List<LoopWatch.Watched> watched =
            List.of(new LoopWatch.Watched(loops.getFirst(), events::get), new LoopWatch.Watched(loops.get(1), () -> 0));
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    @AfterEach
    void end() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5_000);
    }

    @Test
    void a_loop_that_hangs_is_told_and_one_that_was_only_slow_is_not() throws Exception {
        try (var watch = LoopWatch.start(watched, EVERY, told::add)) {
            loops.getFirst().execute(() -> pause(EVERY));
            loops.getFirst().submit(() -> {}).await();
            assertThat(told).isEmpty();
            var free = new CountDownLatch(1);
            loops.get(1).execute(() -> awaitQuietly(free));
            assertThat(told.poll(30, TimeUnit.SECONDS)).as("of %s", watch).isEqualTo("event loop 1 hangs");
            free.countDown();
        }
    }

    @Test
    void a_loop_with_so_many_events_that_it_comes_to_no_task_is_not_told() throws Exception {
        try (var watch = LoopWatch.start(watched, EVERY, told::add)) {
            var end = new CountDownLatch(1);
            loops.getFirst().execute(() -> {
                while (end.getCount() > 0) events.incrementAndGet();
            });
            assertThat(told.poll(5 * EVERY.toMillis(), TimeUnit.MILLISECONDS))
                    .as("of %s", watch)
                    .isNull();
            end.countDown();
        }
    }

    @Test
    void a_loop_that_has_ended_is_told() throws Exception {
        try (var watch = LoopWatch.start(watched, EVERY, told::add)) {
            loops.getFirst().shutdownGracefully(0, 0, TimeUnit.SECONDS);
            assertThat(told.poll(30, TimeUnit.SECONDS)).as("of %s", watch).isEqualTo("event loop 0 has ended");
        }
    }

    private static void pause(Duration time) {
        awaitQuietly(new CountDownLatch(1), time);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        awaitQuietly(latch, Duration.ofMinutes(1));
    }

    private static void awaitQuietly(CountDownLatch latch, Duration atMost) {
        try {
            boolean _ = latch.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
