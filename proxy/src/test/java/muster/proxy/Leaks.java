package muster.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Fails a test when Netty reports a buffer that nobody released. */
final class Leaks {
    private static final List<String> REPORTED = new CopyOnWriteArrayList<>();
    private static final Logger NETTY = Logger.getLogger(ResourceLeakDetector.class.getName());

    static {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        NETTY.setLevel(Level.ALL);
        NETTY.addHandler(new Handler() {
            @Override
            public void publish(LogRecord entry) {
                if (entry.getLevel().intValue() >= Level.WARNING.intValue()) REPORTED.add(entry.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        });
    }

    private Leaks() {}

    /** Loads the class, and so starts watching. */
    static void watch() {}

    static void assertNone() {
        System.gc();
        // The detector looks at what was collected when the next buffer is made.
        for (int i = 0; i < 3; i++) {
            PooledByteBufAllocator.DEFAULT.directBuffer(16).release();
            Thread.onSpinWait();
        }
        assertThat(REPORTED).as("leaks reported by Netty").isEmpty();
    }
}
