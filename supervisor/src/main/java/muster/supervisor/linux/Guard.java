package muster.supervisor.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import muster.supervisor.ExitStatus;
import org.jspecify.annotations.Nullable;

/**
 * Ends our services when we are ended by {@code kill -9}: a small shell that is told which process groups there are, and
 * kills them when it sees the end of the pipe through which it is told.
 *
 * <p>Unlike a parent-death signal it costs a service nothing at its start, survives programs with set-user-id, and takes
 * the whole group. PID 1 needs none: the kernel ends its namespace with it. Used under the lock of {@link Children}.
 */
final class Guard implements Children.Handler {
    /** A guard that ends sooner is not replaced: something is wrong with it here. */
    private static final long WORTH_REPLACING_NANOS = 1_000_000_000L;

    // Its own session keeps a terminal's signals away, the trap those of somebody who signals everybody.
    private static final String SCRIPT = """
            trap '' HUP INT TERM QUIT
            groups=' '
            while read -r what group; do
              case $what in
                +) groups="$groups$group " ;;
                -) groups="${groups%% $group *} ${groups#* $group }" ;;
              esac
            done
            for group in $groups; do kill -9 -"$group" 2>/dev/null; done
            """;

    private static final System.Logger LOG = System.getLogger(Guard.class.getName());

    private final Children children;
    private final TreeSet<Long> groups = new TreeSet<>();
    private @Nullable Pipe pipe;
    private long startedNanos;
    private boolean given;

    Guard(Children children) {
        this.children = children;
    }

    /** Starts it, if it does not run. */
    void ensure() {
        if (pipe != null || given) {
            return;
        }
        try {
            Pipe made = Pipe.open();
            pipe = made;
            // A guard that does not read must not make us wait.
            Libc.call(Libc.FCNTL, made.writeEnd(), Libc.F_SETFL, Libc.O_NONBLOCK);
            startedNanos = System.nanoTime();
            children.startNow(
                    new Command(
                            List.of(Chain.shell(), "-c", SCRIPT, "muster-guard"),
                            new Command(List.of("sh"), new TreeMap<>(), "/").launch(),
                            Map.of(0, made.readEnd())),
                    this);
            made.closeReadEnd();
            groups.forEach(group -> say("+", group));
        } catch (IOException e) {
            giveUp(FileTrouble.of(e));
        }
    }

    void add(long group) {
        groups.add(group);
        say("+", group);
    }

    void remove(long group) {
        if (groups.remove(group)) {
            say("-", group);
        }
    }

    private void say(String what, long group) {
        Pipe open = pipe;
        if (open != null
                && !Descriptors.write(
                        open.writeEnd(), (what + " " + group + "\n").getBytes(StandardCharsets.US_ASCII))) {
            LOG.log(System.Logger.Level.WARNING, "the guard does not listen; group={0}", Long.toString(group));
        }
    }

    @Override
    public void spawned(long pid) {}

    @Override
    public void notSpawned(String reason, int code) {
        giveUp(reason);
    }

    @Override
    public void exited(long pid, ExitStatus status, boolean groupLeft) {
        close();
        if (System.nanoTime() - startedNanos < WORTH_REPLACING_NANOS) {
            giveUp("it " + status);
        } else {
            children.replaceGuard();
        }
    }

    private void giveUp(@Nullable String why) {
        close();
        given = true;
        LOG.log(
                System.Logger.Level.WARNING,
                "services will go on if this program is killed with -9: the guard cannot run: {0}",
                String.valueOf(why));
    }

    private void close() {
        Pipe open = pipe;
        pipe = null;
        if (open != null) {
            open.close();
        }
    }
}
