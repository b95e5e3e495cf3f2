package muster.haproxy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import muster.templating.BadTemplate;
import muster.templating.Model;
import muster.templating.Rendering;
import muster.templating.target.Pace;
import muster.templating.target.Publisher.Step;
import org.jspecify.annotations.Nullable;

/**
 * Makes a running HAProxy follow the members: commands where they do, a reload where not, and the file always behind them.
 * What it says that it has is read back after each step and every two seconds, and mended where it differs.
 *
 * <p>Threads: its own, which alone talks and writes; {@link #start} or {@link #takeOver} is called before that one, all else
 * from any. A check of a file has another one.
 */
public final class Driver implements AutoCloseable {
    /** How long a difference between HAProxy and its file may last when nobody tells of it. */
    private static final long LOOK_EVERY_NANOS = 2_000_000_000L;

    /** The same while it is away, or a moment ago was. */
    private static final long LOOK_FOR_LOST_NANOS = 50_000_000L;

    private static final String FAULT = "a fault while following the members, which is tried again: ";

    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(3);

    private final DriverSettings settings;
    private final Supplier<Model> models;
    private final Instance instance;
    private final Check check;
    private final ConfigFile file;
    private final StateFile state;
    private final Renderer renderer;
    private final Pace pace;
    private final Semaphore changes = new Semaphore(0);
    private final AtomicBoolean retries = new AtomicBoolean();
    private long nextLookNanos; // in a check; only on the thread
    private boolean hasToLook; // what came during a check may need a file, too; only on the thread
    private volatile @Nullable Thread thread;
    private volatile boolean closed;

    /**
     * Prepares one.
     *
     * @param models the newest one, asked on the driver's thread
     * @param template what makes a configuration of it; may throw {@link BadTemplate}
     * @param check whether HAProxy would take this file
     */
    public Driver(
            DriverSettings settings,
            Supplier<Model> models,
            Function<Model, Rendering> template,
            Step check,
            Program program,
            Voice voice) {
        var journal = new Journal(voice, program);
        this.settings = settings;
        this.models = models;
        this.instance = new Instance(
                settings, RuntimeApi.at(settings.socket(), COMMAND_TIMEOUT), program, journal, changes::release);
        this.check = new Check(check);
        this.file = new ConfigFile(settings.target(), this.check);
        this.state = new StateFile(settings.state(), journal);
        this.renderer = new Renderer(template, journal);
        this.pace = new Pace(settings.target().quiet(), settings.target().hold());
    }

    /**
     * Renders, checks and starts HAProxy, and follows from then on.
     *
     * @throws CannotRun with what is wrong, in HAProxy's own words where it said some
     */
    public void start() throws CannotRun, InterruptedException {
        follow(new Beginning(instance, file, state, renderer).start(models.get()));
    }

    /**
     * Follows from now on with an HAProxy that runs already, of a driver that was killed. Instead of {@link #start}.
     *
     * @return false if there is none
     */
    public boolean takeOver() {
        Beginning.Begun found = new Beginning(instance, file, state, renderer).takeOver();
        if (found != null) {
            follow(found);
        }
        return found != null;
    }

    private void follow(Beginning.Begun begun) {
        Journal journal = instance.journal();
        Loaded loaded = begun.loaded();
        var wanted = new Wanted(renderer, pace, settings.target().hold(), journal, begun.takenOver());
        var attempts = new Attempts(pace, journal);
        var reloading = new Reloading(
                instance,
                file,
                state,
                attempts,
                loaded,
                () -> Outlook.of(models.get().announcements()));
        var renewal = new Renewal(instance, state);
        var hangs = new HangWatch(instance, state, renewal);
        var sockets = new SocketWatch(instance, renewal);
        hangs.masterAnswered(begun.workers());
        sockets.answered(begun.workers());
        var follower = new Follower(
                instance,
                file,
                models,
                wanted,
                attempts,
                loaded,
                reloading,
                hangs,
                sockets,
                new OldWorkers(settings.oldWorkers()));
        check.meanwhile(() -> meanwhile(wanted, follower));
        changed();
        thread = Thread.ofPlatform().name("haproxy").daemon().start(() -> run(wanted, follower));
    }

    /** The members, or the template, may be different. */
    public void changed() {
        changes.release();
    }

    /** As {@link #changed}, and what HAProxy could not load may be possible now: somebody says so. */
    public void retry() {
        retries.set(true);
        changed();
    }

    /** What HAProxy says of its servers. Waits for its answer. */
    public List<ServerFigures> figures() throws IOException {
        String figures = instance.api().askWorker(ServerFigures.COMMAND);
        return ServerFigures.parse(figures, instance.servers().running());
    }

    /** By name. */
    public SortedMap<String, Long> counters() {
        return instance.journal().counters();
    }

    /**
     * Follows no more, and has HAProxy finish what is under way without taking anything new. Connections on which nothing is
     * under way are not waited for: clients may keep them for ever.
     *
     * @return requests that were still under way when the time was over
     */
    public long drain(Duration atMost) throws InterruptedException {
        close();
        return new Draining(instance).drain(atMost);
    }

    /** Follows no more. HAProxy goes on. */
    @Override
    public void close() {
        Thread following = thread;
        if (following == null) {
            return;
        }
        closed = true;
        following.interrupt();
        try {
            following.join(Reloading.TIMEOUT.plus(COMMAND_TIMEOUT));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(Wanted wanted, Follower follower) {
        Journal journal = instance.journal();
        try {
            while (!closed) {
                long look = follower.hasLostIt() ? LOOK_FOR_LOST_NANOS : LOOK_EVERY_NANOS;
                long due = hasToLook ? 0 : Math.min(look, pace.dueInNanos(System.nanoTime()));
                hasToLook = false;
                if (changes.tryAcquire(due, TimeUnit.NANOSECONDS)) {
                    changes.drainPermits();
                    wanted.changed();
                }
                if (retries.getAndSet(false)) {
                    follower.retry();
                }
                journal.count("looks");
                nextLookNanos = System.nanoTime() + LOOK_EVERY_NANOS;
                try {
                    follower.follow();
                } catch (RuntimeException e) {
                    journal.warn(FAULT + e);
                }
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    /** While a check is under way: a look where somebody told of a change, or it is time for one. */
    private void meanwhile(Wanted wanted, Follower follower) {
        boolean isTold = changes.tryAcquire();
        if (!isTold && System.nanoTime() - nextLookNanos < 0) {
            return;
        }
        if (isTold) {
            changes.drainPermits();
            wanted.changed();
        }
        nextLookNanos = System.nanoTime() + LOOK_EVERY_NANOS;
        hasToLook = true;
        try {
            follower.followWithoutFile();
        } catch (RuntimeException e) {
            instance.journal().warn(FAULT + e);
        }
    }
}
