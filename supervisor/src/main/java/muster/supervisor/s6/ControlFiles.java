package muster.supervisor.s6;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.Consumer;
import muster.supervisor.ExitStatus;
import muster.supervisor.Finish;
import muster.supervisor.Readiness;
import muster.supervisor.ServiceSpec;
import muster.supervisor.Wanted;
import muster.supervisor.linux.Fifo;
import muster.supervisor.linux.FileTrouble;
import muster.supervisor.linux.WholeFile;
import muster.supervisor.runner.ServiceStatus;

/**
 * What s6's own tools see of one service: {@code supervise/} with lock, control FIFO, status and death tally, and
 * {@code event/}, where those who wait for something have a FIFO each.
 *
 * <p>Threads: the supervisor's loop writes, one thread of its own reads commands.
 */
final class ControlFiles implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ControlFiles.class.getName());

    /** What subscribers of s6 call their FIFOs. */
    private static final String SUBSCRIBER = "ftrig1:";

    /** As s6 makes it: members of our group may subscribe, and remove only their own. */
    private static final int EVENT_MODE = 03730;

    private final Path directory;
    private final ControlPipe pipe;
    private final DeathTally tally = new DeathTally();
    private final StringBuilder letters = new StringBuilder();
    private Instant readyAt;
    private boolean tallyIsNew;
    private volatile int deathsMax;

    private ControlFiles(Path directory, ControlPipe pipe) {
        this.directory = directory;
        this.pipe = pipe;
        this.readyAt = Instant.now();
        reread();
    }

    /** The directory may say anew how many deaths are remembered. Not for the event loop: it opens files. */
    void reread() {
        deathsMax = ServiceDirectory.deathsMax(directory, text -> LOG.log(System.Logger.Level.WARNING, text));
    }

    /**
     * Makes them in this service directory, for a service that is down.
     *
     * @param commands hears what is written to the control FIFO
     * @throws IOException if they cannot be made, or another supervisor has them
     */
    static ControlFiles open(Path directory, String name, boolean wantedUp, Consumer<Letter> commands)
            throws IOException {
        Path event = directory.resolve("event");
        if (!Files.isDirectory(event)) {
            Files.createDirectories(event);
            Files.setAttribute(event, "unix:mode", EVENT_MODE);
        }
        Path supervise = directory.resolve("supervise");
        ControlPipe pipe =
                ControlPipe.open(supervise, name, letter -> Letter.of(letter).ifPresent(commands));
        var files = new ControlFiles(directory, pipe);
        Files.write(supervise.resolve("death_tally"), new byte[0]);
        files.write(new Status(files.readyAt, files.readyAt, 0, null, false, false, wantedUp, true));
        files.tell("s");
        return files;
    }

    void started() {
        letters.append('u');
    }

    void ready(ServiceSpec service) {
        if (saysItIsReady(service)) {
            letters.append('U');
        }
    }

    void exited(ServiceSpec service, ExitStatus status) {
        letters.append('d');
        tally.add(Instant.now(), status, deathsMax);
        tallyIsNew = true;
        if (!service.finish().equals(Finish.NONE)) {
            writeTally(); // the finish script may ask for it
        }
    }

    private void writeTally() {
        if (tallyIsNew) {
            tallyIsNew = false;
            try {
                replace("death_tally", tally.bytes());
            } catch (IOException e) {
                unwritable(e);
            }
        }
    }

    void finished() {
        letters.append('D');
    }

    void failed() {
        letters.append('O');
    }

    /** Writes the status, then tells those who wait what has happened since the last call. */
    void show(ServiceSpec service, ServiceStatus now) {
        boolean up = now.phase().isUp();
        boolean finishing = now.phase() == ServiceStatus.Phase.FINISHING;
        if (now.readySince() != null) {
            readyAt = now.readySince();
        }
        boolean ready = up ? now.readySince() != null && saysItIsReady(service) : !finishing;
        boolean wantedUp = now.wanted() == Wanted.UP && now.phase() != ServiceStatus.Phase.FAILED;
        write(new Status(
                now.since(),
                readyAt,
                up || finishing ? now.pid() : 0,
                now.lastExit(),
                now.paused(),
                finishing,
                wantedUp,
                ready));
        if (!letters.isEmpty()) {
            tell(letters.toString());
            letters.setLength(0);
        }
        writeTally();
    }

    /** In s6 a service that cannot say so is never ready, it is up. */
    private static boolean saysItIsReady(ServiceSpec service) {
        return !service.readiness().equals(Readiness.NONE);
    }

    private void write(Status status) {
        try {
            replace("status", status.bytes());
        } catch (IOException e) {
            unwritable(e);
        }
    }

    private void replace(String name, byte[] content) throws IOException {
        WholeFile.replace(directory.resolve("supervise").resolve(name), content, 0644);
    }

    private void tell(String news) {
        byte[] bytes = news.getBytes(StandardCharsets.US_ASCII);
        Path event = directory.resolve("event");
        String[] names = event.toFile().list(); // not a stream with a pattern: nearly always there is nobody
        if (names == null) {
            unwritable(new NotDirectoryException(event.toString()));
            return;
        }
        try {
            for (String name : names) {
                if (name.startsWith(SUBSCRIBER)) {
                    // One that does not read, or not quickly enough, misses it: a service waits for nobody.
                    boolean _ = Fifo.offer(event.resolve(name), bytes);
                }
            }
        } catch (IOException e) {
            unwritable(e);
        }
    }

    /** Not when somebody has removed the directory: he wants to see nothing more there. */
    private void unwritable(IOException e) {
        if (Files.isDirectory(directory)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "s6 tools do not see what happens in " + directory + ": " + FileTrouble.of(e));
        }
    }

    /** The file {@code down}, which says how the service begins its next life. */
    void markDown(boolean down) {
        Path file = directory.resolve("down");
        try {
            if (!down) {
                Files.deleteIfExists(file);
            } else if (!Files.exists(file)) {
                Files.write(file, new byte[0]);
            }
        } catch (IOException e) {
            unwritable(e);
        }
    }

    @Override
    public void close() {
        pipe.close();
        if (Files.isDirectory(directory)) {
            tell("x");
        }
    }
}
