package muster.demo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Lines with their time: for files, pipes and {@code --plain}. */
final class PlainDisplay implements Display {
    private static final long TRAFFIC_EVERY_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final PrintStream out;
    private long nextTrafficNanos;

    PlainDisplay(PrintStream out) {
        this.out = out;
    }

    @Override
    public synchronized void told(String line) {
        out.print(line + "\n");
        out.flush();
    }

    @Override
    public synchronized void refresh(Scene scene) {
        if (scene.answered() + scene.failed() == 0) {
            nextTrafficNanos = scene.elapsedNanos() + TRAFFIC_EVERY_NANOS;
        } else if (scene.elapsedNanos() >= nextTrafficNanos) {
            nextTrafficNanos = scene.elapsedNanos() + TRAFFIC_EVERY_NANOS;
            told(StoryLog.clock(scene.elapsedNanos()) + "    " + traffic(scene));
        }
    }

    /** One line of figures. */
    static String traffic(Scene scene) {
        List<String> shares = new ArrayList<>();
        for (Scene.Row row : scene.rows()) {
            if (row.perSecond() > 0) {
                shares.add(row.node() + " " + Text.count(row.perSecond()));
            }
        }
        return Text.count(scene.perSecond()) + " requests/s (" + String.join(", ", shares) + "), "
                + Text.count(scene.failed()) + " failed, p50 "
                + Text.micros(scene.recent().p50()) + ", p99 "
                + Text.micros(scene.recent().p99());
    }

    @Override
    public void close() {}
}
