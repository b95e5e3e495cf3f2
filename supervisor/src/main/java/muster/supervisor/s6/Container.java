package muster.supervisor.s6;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import java.util.regex.Pattern;
import muster.supervisor.CannotSupervise;
import muster.supervisor.ExitStatus;
import muster.supervisor.Finish;
import muster.supervisor.Launch;
import muster.supervisor.Logging;
import muster.supervisor.Reach;
import muster.supervisor.RestartPolicy;
import muster.supervisor.Restarts;
import muster.supervisor.ServiceSpec;
import muster.supervisor.Signal;
import muster.supervisor.Wanted;
import muster.supervisor.linux.Children;
import muster.supervisor.linux.Command;
import muster.supervisor.linux.FileTrouble;
import muster.supervisor.runner.Listener;
import muster.supervisor.runner.ServiceStatus;
import muster.supervisor.runner.Supervisor;
import org.jspecify.annotations.Nullable;

/**
 * The life of a container around its services, in the order of s6-overlay v1:
 *
 * <pre>
 *   prepare   the environment is written down
 *   boot      fix-attrs.d, cont-init.d one after the other, services.d all at once
 *   shutdown  the services stop, cont-finish.d, TERM for everybody who is left, KILL
 * </pre>
 *
 * Each wait ends as soon as there is nobody to wait for, and all of them together within one budget.
 *
 * <p>Threads: one calls {@code prepare} and {@code boot}, another may call {@code shutdown} meanwhile; as a listener it is
 * called by the supervisor's loop.
 */
public final class Container implements Listener, AutoCloseable {
    /** What the service is called that runs the container's CMD. */
    public static final String COMMAND = "CMD";

    private static final System.Logger LOG = System.getLogger(Container.class.getName());

    /** What scripts of v1 find in their environment before {@code with-contenv}. */
    private static final String PATH_OF_SERVICES = "/usr/bin:/usr/sbin:/bin:/sbin";

    private static final String PATH_OF_CONTAINER = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /** Where the environment is not the usual one, scripts are told with this variable. */
    private static final String RUN_DIRECTORY = "MUSTER_RUN_DIR";

    private static final Path RUN_DIRECTORY_USUAL = Path.of("/var/run/s6");

    /** Where all output goes with S6_LOGGING, and how much of it is kept: what v1 has. */
    private static final Logging CATCH_ALL =
            Logging.to(new Logging.Sink.File("/var/log/s6-uncaught-logs/current", 1_000_000, 20, Duration.ZERO, true));

    /** A finish script that asked for the end may be over when we hear it. */
    private static final Duration FINISHED_RECENTLY = Duration.ofSeconds(1);

    /** After KILL there is still something to do: the last lines of the log, and our own end. */
    private static final Duration LAST_ACT = Duration.ofMillis(300);

    /** Of the time for a stop, this part is kept for cont-finish.d when that must wait until services have drained. */
    private static final int FINISH_PART = 4;

    /** After these a service is started again, as people do it by {@code s6-svc -t}. Others are news for it. */
    private static final Set<Signal> ENDING = Set.of(Signal.TERM, Signal.KILL, Signal.INT, Signal.QUIT, Signal.ABRT);

    /** Soon after the end of a run, and before a start that the pace of s6 holds back. */
    private static final Duration REREAD_AFTER = Duration.ofMillis(50);

    private static final String FINISH_STEP = "[cont-finish.d] ";

    private static final String CODE_OF_COMMAND = "S6_CMD_EXITED";

    private static final Pattern EXIT_CODE = Pattern.compile("[0-9]{1,3}");

    private final Path tree;
    private final RunDirectory run;
    private final Variables variables;
    private final SortedMap<String, String> environment;
    private final boolean writable;
    private final Children children = Children.ofThisProcess();
    private final Scripts bootScripts = new Scripts(children);
    private final Scripts finishScripts = new Scripts(children);
    private final Map<String, Service> services = new ConcurrentHashMap<>();
    private final Map<String, ServiceSpec> ofTree = new ConcurrentHashMap<>();
    private final Set<String> started = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Supervisor> supervisor = new CompletableFuture<>();
    private final Object news = new Object();
    private final Set<String> ended =
            new HashSet<>(); // on the supervisor's loop: a run of theirs, and nothing was reread since
    private volatile @Nullable Death lastDeath;
    private volatile @Nullable Integer codeLeft;
    private volatile boolean ending;
    private volatile @Nullable ControlPipe scan;

    /** A service with control files; {@code ofTree}: its directory says what it is. */
    private record Service(Path directory, ControlFiles files, boolean ofTree) {
        /** Somebody has removed its directory: there is nothing to read or write any more. */
        boolean isGone() {
            return ofTree && !Files.isDirectory(directory);
        }
    }

    /** How a service with a finish script ended; {@code finishedNanos}: when that script was over, null before. */
    private record Death(
            String service, ExitStatus status, @Nullable Long finishedNanos) {}

    private Container(
            Path tree, RunDirectory run, Variables variables, SortedMap<String, String> environment, boolean writable) {
        this.tree = tree;
        this.run = run;
        this.variables = variables;
        this.environment = environment;
        this.writable = writable;
    }

    /**
     * Writes down the environment, and makes the run directory. When that cannot be written, the container works
     * nevertheless, without control files, and scripts get the environment directly.
     *
     * @param etc where services.d and the others are, usually {@code /etc}
     * @param runDirectory usually {@code /var/run/s6}
     * @param given the environment of the container
     * @throws CannotSupervise if another init lives in that run directory; says which
     */
    public static Container prepare(Path etc, Path runDirectory, Variables variables, Map<String, String> given) {
        variables.warnings().forEach(warning -> LOG.log(System.Logger.Level.WARNING, warning));
        // Absolute, because scripts and services are started elsewhere.
        Path root = etc.toAbsolutePath();
        Path tree = variables.profile().isEmpty()
                ? root
                : root.resolve("cont-profile.d").resolve(variables.profile());
        var environment = new TreeMap<>(given);
        environment.putIfAbsent("PATH", PATH_OF_CONTAINER);
        if (!runDirectory.equals(RUN_DIRECTORY_USUAL)) {
            environment.put(RUN_DIRECTORY, runDirectory.toAbsolutePath().toString());
        }
        var run = new RunDirectory(runDirectory.toAbsolutePath());
        boolean writable = true;
        try {
            run.prepare(tree, variables.keepEnvironment() ? Map.of() : environment);
        } catch (IOException e) {
            writable = false;
            environment.put("S6_KEEP_ENV", "1");
            LOG.log(
                    System.Logger.Level.WARNING,
                    runDirectory + " cannot be written (" + FileTrouble.of(e)
                            + "): services run where they are, and s6's commands do not reach them;"
                            + " mount a tmpfs there, or give another place with -run-dir");
        }
        return new Container(tree, run, variables, Collections.unmodifiableSortedMap(environment), writable);
    }

    /** With the environment of the container, as the scripts of cont-init.d have left it. */
    public Launch launch() {
        return keepsEnvironment()
                ? Launch.DEFAULTS.withEnvironment(environment)
                : Launch.DEFAULTS.withEnvironmentFiles(
                        List.of(run.containerEnvironment().toString()));
    }

    /** The container's CMD as a service that is not restarted: what it is where nobody says otherwise. */
    public ServiceSpec command(List<String> words) {
        var all = new ArrayList<>(variables.commandBefore());
        all.addAll(words);
        return ServiceSpec.of(COMMAND, all)
                .with(launch().with(Launch.Session.FOREGROUND))
                .with(variables.logEverything() == 2 ? CATCH_ALL : Logging.INHERITED)
                .with(Restarts.DEFAULTS.withPolicy(RestartPolicy.NEVER));
    }

    /**
     * Says who supervises, and listens to {@code s6-svscanctl} from now on.
     *
     * @param endWanted hears that the container is to end, and with which code
     */
    public void begin(Supervisor supervises, IntConsumer endWanted) {
        supervisor.complete(supervises);
        if (!writable) {
            return;
        }
        try {
            scan = ControlPipe.open(
                    run.services().resolve(".s6-svscan"), "all services", letter -> scan(letter, endWanted));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "s6-svscanctl does not work: " + FileTrouble.of(e));
        }
    }

    /** Shows a service that is none of the tree to s6's tools. */
    public void show(ServiceSpec service) {
        if (writable) {
            show(service, run.services().resolve(service.name()), false);
        }
    }

    /**
     * Does the steps of the boot.
     *
     * @return 0, or the code with which the container is to end because a step failed
     */
    public int boot() throws InterruptedException {
        try {
            int failure = fixAttributes();
            if (failure == 0 || variables.ifBootFails() != Variables.IfBootFails.STOP) {
                int scripts = initialise();
                failure = scripts == 0 ? failure : scripts;
            }
            if (failure != 0 && !bootScripts.haveEnded()) {
                switch (variables.ifBootFails()) {
                    case IGNORE -> {}
                    case WARN ->
                        LOG.log(
                                System.Logger.Level.WARNING,
                                "!!!!! a step of the boot failed; all goes on nevertheless");
                    case STOP -> {
                        LOG.log(System.Logger.Level.ERROR, "!!!!! a step of the boot failed; the container ends");
                        return failure;
                    }
                }
            }
            if (!bootScripts.haveEnded()) {
                startServices();
            }
            return 0;
        } catch (IOException e) {
            LOG.log(System.Logger.Level.ERROR, "the tree in " + tree + " cannot be read: " + FileTrouble.of(e));
            return 1;
        }
    }

    private int fixAttributes() throws IOException {
        int failure = 0;
        for (Path file : Scripts.in(tree.resolve("fix-attrs.d"))) {
            String name = "[fix-attrs.d] " + file.getFileName();
            boolean done = new FixAttributes(
                            Path.of("/"),
                            variables.fixHidden(),
                            problem -> LOG.log(System.Logger.Level.WARNING, name + ": " + problem))
                    .apply(file);
            LOG.log(
                    done ? System.Logger.Level.INFO : System.Logger.Level.WARNING,
                    name + ": exited " + (done ? 0 : 1) + ".");
            failure = done ? failure : 1;
        }
        return failure;
    }

    private int initialise() throws IOException, InterruptedException {
        for (Path script : Scripts.in(tree.resolve("cont-init.d"))) {
            if (bootScripts.haveEnded()) {
                return 0;
            }
            int code = run(bootScripts, "[cont-init.d] ", script, Duration.ZERO);
            if (code != 0 && variables.ifBootFails() == Variables.IfBootFails.STOP) {
                return code;
            }
        }
        return 0;
    }

    private int run(Scripts scripts, String step, Path script, Duration atMost)
            throws IOException, InterruptedException {
        String name = step + script.getFileName();
        LOG.log(System.Logger.Level.INFO, name + ": executing...");
        Scripts.Outcome outcome = scripts.run(script, scriptEnvironment(), atMost);
        String reason = outcome.reason().isEmpty() ? "" : " " + outcome.reason();
        LOG.log(
                outcome.isSuccess() ? System.Logger.Level.INFO : System.Logger.Level.WARNING,
                name + ": exited " + outcome.status().code() + "." + reason);
        return outcome.status().code();
    }

    private void startServices() throws IOException, InterruptedException {
        Path all = tree.resolve("services.d");
        if (Files.isDirectory(all)) {
            for (Path service : directories(all)) {
                add(writable ? run.take(service) : service);
            }
            LOG.log(System.Logger.Level.INFO, "[services.d] done.");
        }
        if (variables.waitForServices()) {
            awaitServices();
        }
    }

    private static List<Path> directories(Path of) throws IOException {
        var found = new ArrayList<Path>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(of)) {
            for (Path entry : all) {
                if (Files.isDirectory(entry) && !entry.getFileName().toString().startsWith(".")) {
                    found.add(entry);
                }
            }
        }
        found.sort(null);
        return found;
    }

    private void add(Path directory) {
        String name = directory.getFileName().toString();
        if (supervisor.join().status(name) != null) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "service=" + name + " is there already; " + directory + " is left out");
            return;
        }
        var services = new ArrayList<ServiceSpec>();
        if (ServiceDirectory.hasLogger(directory)) {
            services.add(take(directory.resolve("log"), ServiceDirectory.loggerOf(name)));
        }
        services.add(take(directory, name));
        supervisor.join().add(services);
        services.forEach(service -> started.add(service.name()));
    }

    private ServiceSpec take(Path directory, String name) {
        ServiceSpec service = read(directory, name);
        ofTree.put(name, service);
        show(service, directory, true);
        return service;
    }

    private void show(ServiceSpec service, Path directory, boolean ofTree) {
        if (!writable) {
            return;
        }
        try {
            var files = ControlFiles.open(
                    directory, service.name(), !service.startDown(), letter -> obey(service.name(), letter));
            services.put(service.name(), new Service(directory, files, ofTree));
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "service=" + service.name() + " s6's commands do not reach it: " + FileTrouble.of(e));
        }
    }

    private ServiceSpec read(Path directory, String name) {
        ServiceSpec service = ServiceDirectory.read(
                directory,
                name,
                serviceEnvironment(),
                variables.logEverything() > 0 ? CATCH_ALL : Logging.INHERITED,
                warning -> LOG.log(System.Logger.Level.WARNING, warning));
        return ending ? withGraces(service) : service;
    }

    /** In v1 all that is left is killed after both graces; services of files, and CMD, have stop time-outs of their own. */
    private ServiceSpec withGraces(ServiceSpec service) {
        Duration graces = variables.servicesGrace().plus(variables.killGrace());
        return service.with(
                service.stopping().withTimeout(shorter(service.stopping().timeout(), graces)));
    }

    private boolean keepsEnvironment() {
        return variables.keepEnvironment() || !writable;
    }

    private SortedMap<String, String> serviceEnvironment() {
        if (keepsEnvironment()) {
            return environment;
        }
        var cleared = new TreeMap<>(Map.of("PATH", PATH_OF_SERVICES));
        if (environment.containsKey(RUN_DIRECTORY)) {
            cleared.put(RUN_DIRECTORY, String.valueOf(environment.get(RUN_DIRECTORY)));
        }
        return cleared;
    }

    private SortedMap<String, String> scriptEnvironment() throws IOException {
        return keepsEnvironment() ? environment : Contenv.read(run.containerEnvironment());
    }

    private void awaitServices() throws InterruptedException {
        long deadline = System.nanoTime() + variables.waitForServicesMax().toNanos();
        synchronized (news) {
            while (!allAreThere() && !bootScripts.haveEnded()) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "not all services are ready in time; CMD is started nevertheless");
                    return;
                }
                TimeUnit.NANOSECONDS.timedWait(news, left);
            }
        }
    }

    private boolean allAreThere() {
        return started.stream().map(supervisor.join()::status).allMatch(Container::needsNoWait);
    }

    private static boolean needsNoWait(@Nullable ServiceStatus status) {
        if (status == null) {
            return false; // just added
        }
        return switch (status.phase()) {
            case READY, DONE, FAILED -> true;
            case STARTING, NOT_READY, DRAINING, STOPPING, FINISHING, BACKING_OFF, WAITING, DOWN ->
                status.wanted() == Wanted.DOWN;
        };
    }

    // What s6's commands ask for; on the threads of the control pipes.

    private void obey(String name, Letter letter) {
        Service service = services.get(name);
        if (service == null) {
            return;
        }
        if (countsFromNowOn(letter)) {
            reread(name, service);
        }
        Supervisor supervises = supervisor.join();
        switch (letter) {
            case Letter.Up up -> {
                if (up.fromNowOn()) {
                    service.files().markDown(false);
                }
                supervises.start(name);
            }
            case Letter.Down down -> {
                if (down.fromNowOn()) {
                    service.files().markDown(true);
                }
                supervises.stop(name);
            }
            case Letter.NoRestart no -> {
                if (no.fromNowOn()) {
                    service.files().markDown(true);
                }
                supervises.once(name);
            }
            case Letter.Once once -> supervises.startOnce(name);
            case Letter.Restart restart -> supervises.restart(name);
            // s6-svscan would start a new supervisor at once, and that its service unless it is marked down.
            case Letter.Exit exit -> {
                if (Files.exists(service.directory().resolve("down"))) {
                    supervises.once(name);
                } else {
                    supervises.start(name);
                }
            }
            case Letter.Send send -> supervises.signal(name, send.signal(), send.group() ? Reach.GROUP : Reach.PROCESS);
        }
    }

    /** Whether a start or a stop follows, for which the files of the service are looked at again. */
    private static boolean countsFromNowOn(Letter letter) {
        return switch (letter) {
            case Letter.Up _, Letter.Down _, Letter.Once _, Letter.Restart _, Letter.Exit _ -> true;
            case Letter.NoRestart _ -> false;
            case Letter.Send send -> ENDING.contains(send.signal());
        };
    }

    /** The files of a service may have been edited: they count from the next start on. */
    private void reread(String name, Service service) {
        if (service.ofTree() && !service.isGone()) {
            try {
                service.files().reread();
                ServiceSpec spec = read(service.directory(), name);
                if (!spec.equals(ofTree.get(name))) {
                    supervisor.join().change(spec);
                    ofTree.put(name, spec);
                }
            } catch (IllegalArgumentException e) {
                LOG.log(System.Logger.Level.WARNING, "service=" + name + " goes on as it was: " + e.getMessage());
            }
        }
    }

    private void scan(byte letter, IntConsumer endWanted) {
        switch (letter) {
            case 'a' -> takeNewOnes();
            case 'n', 'N' -> forgetGoneOnes();
            case 'h' -> {
                takeNewOnes();
                forgetGoneOnes();
            }
            // Tear down in any of its ways; the others of 2016 choose how the machine ends, which a container does not.
            case 't', 'b', 'q', 'i', 'p', 'r', 's', '0', '6', '7', '8' -> {
                // In a stop the finish scripts of all services may ask, and none of them is the reason.
                if (!ending) {
                    LOG.log(System.Logger.Level.INFO, "the end of the container is asked for by s6-svscanctl");
                    endWanted.accept(codeOfWhoeverAsked());
                }
            }
            default -> {}
        }
    }

    private void takeNewOnes() {
        try {
            for (Path directory : directories(run.services())) {
                if (!services.containsKey(directory.getFileName().toString())) {
                    add(directory);
                }
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "new services cannot be looked for: " + FileTrouble.of(e));
        }
    }

    private void forgetGoneOnes() {
        List<String> gone = services.entrySet().stream()
                .filter(each -> each.getValue().isGone())
                .map(Map.Entry::getKey)
                .sorted(Comparator.comparing(
                        ServiceDirectory::isLogger)) // false first: a logger goes after its service
                .toList();
        for (String name : gone) {
            try {
                if (supervisor.join().status(name) != null) {
                    supervisor.join().remove(name);
                }
            } catch (IllegalArgumentException e) {
                // Its service is still there, or it was asked for before.
                LOG.log(
                        System.Logger.Level.WARNING,
                        "service=" + name + " goes on without its directory: " + e.getMessage());
            }
        }
    }

    /** A finish script that ends the container does so because its service ended: the code is that service's. */
    private int codeOfWhoeverAsked() {
        Death death = lastDeath;
        if (death == null) {
            return 0;
        }
        Long finished = death.finishedNanos();
        boolean recent = finished == null || System.nanoTime() - finished < FINISHED_RECENTLY.toNanos();
        return recent ? death.status().code() : 0;
    }

    /**
     * Ends the container, in order. Returns when nobody is left, or the budget is over and all are killed.
     *
     * @param code to exit with, unless a service or script says otherwise; asked at the end
     * @param drainFirst services are drained: the scripts of cont-finish.d run after that, not meanwhile
     * @return with what to exit
     */
    public int shutdown(IntSupplier code, Duration budget, boolean drainFirst) throws InterruptedException {
        long deadline = System.nanoTime() + budget.toNanos() - LAST_ACT.toNanos();
        ending = true;
        bootScripts.end(Signal.TERM);
        long bootUntil = System.nanoTime()
                + shorter(variables.killGrace(), left(deadline)).toNanos();
        synchronized (news) {
            news.notifyAll();
        }
        Supervisor supervises = supervisor.join();
        for (ServiceSpec service : ofTree.values()) {
            if (supervises.status(service.name()) != null) {
                supervises.change(withGraces(service));
            }
        }
        List<Path> scripts = finishScripts();
        Duration forServices = drainFirst && !scripts.isEmpty()
                ? left(deadline).minus(left(deadline).dividedBy(FINISH_PART))
                : left(deadline);
        supervises.shutdown(code.getAsInt(), forServices);
        if (drainFirst) {
            awaitServicesDown(supervises, forServices);
        }
        finish(scripts, deadline);
        // Who heeds a signal of his own may take his own time; the rest is told when all have ended.
        awaitServicesDown(supervises, left(deadline));
        bootScripts.awaitEnd(left(bootUntil));
        bootScripts.end(Signal.KILL);
        tellWhoIsStillThere(supervises);
        if (!children.endAll(shorter(variables.killGrace(), left(deadline)))) {
            LOG.log(System.Logger.Level.WARNING, "a process did not end although it was killed");
        }
        if (variables.syncDisks()) {
            sync();
        }
        int ended = supervises.exit().getNow(0);
        return exitCode(ended == 0 ? code.getAsInt() : ended);
    }

    private List<Path> finishScripts() {
        try {
            return Scripts.in(tree.resolve("cont-finish.d"));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "cont-finish.d cannot be read: " + FileTrouble.of(e));
            return List.of();
        }
    }

    private void finish(List<Path> scripts, long deadline) throws InterruptedException {
        for (Path script : scripts) {
            Duration left = left(deadline);
            if (finishScripts.haveEnded() || left.isZero()) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        FINISH_STEP + script.getFileName() + ": left out, "
                                + (left.isZero() ? "no time is left" : "the stop was hurried"));
                continue;
            }
            Duration own = variables.finishTimeout();
            try {
                run(finishScripts, FINISH_STEP, script, own.isZero() ? left : shorter(own, left));
            } catch (IOException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        FINISH_STEP + script.getFileName() + ": its environment cannot be read: " + FileTrouble.of(e));
            }
        }
    }

    /** A second request to end: no more waiting. */
    public void hurry() {
        finishScripts.end(Signal.KILL);
        bootScripts.end(Signal.KILL);
        supervisor.join().hurry();
        children.hurryEnd();
    }

    private static void tellWhoIsStillThere(Supervisor supervises) {
        List<String> there = supervises.whoIsThere();
        if (!there.isEmpty()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the time for the stop is over and not all services are down: " + String.join(", ", there));
        }
    }

    private static void awaitServicesDown(Supervisor supervises, Duration atMost) throws InterruptedException {
        try {
            int _ = supervises.exit().get(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            LOG.log(System.Logger.Level.DEBUG, "services are still up after " + atMost);
        } catch (ExecutionException e) {
            throw new IllegalStateException("nothing fails the end of services", e);
        }
    }

    private void sync() throws InterruptedException {
        try {
            children.run(new Command(List.of("sync"), new TreeMap<>(environment), "/"), Duration.ZERO);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "disks are not synchronised: " + FileTrouble.of(e));
        }
    }

    /** What scripts have left for the end wins, as in v1: the code of CMD, or of the boot. */
    private int exitCode(int code) {
        for (String name : List.of(CODE_OF_COMMAND, "S6_STAGE2_EXITED")) {
            try {
                Path file = run.forTheEnd(name);
                String text = writable && Files.isRegularFile(file)
                        ? Files.readString(file, StandardCharsets.ISO_8859_1).strip()
                        : "";
                boolean ours = name.equals(CODE_OF_COMMAND) && text.equals(String.valueOf(codeLeft));
                if (!ours && EXIT_CODE.matcher(text).matches()) {
                    return Integer.parseInt(text) & 0xff;
                }
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, name + " cannot be read: " + FileTrouble.of(e));
            }
        }
        return code;
    }

    private static Duration left(long deadlineNanos) {
        return Duration.ofNanos(Math.max(0, deadlineNanos - System.nanoTime()));
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    // What the supervisor tells, on its loop.

    @Override
    public void started(ServiceSpec service, long pid) {
        Death death = lastDeath;
        if (death != null && death.service().equals(service.name())) {
            lastDeath = null; // whoever asks from now on has another reason
        }
        if (service.name().equals(COMMAND)) {
            forgetCodeOfCommand();
        }
        withFiles(service, ControlFiles::started);
    }

    /** It is started again: what its earlier run left is not how it ends. */
    private void forgetCodeOfCommand() {
        Integer left = codeLeft;
        if (left == null) {
            return;
        }
        codeLeft = null;
        Path file = run.forTheEnd(CODE_OF_COMMAND);
        try {
            if (Files.readString(file).equals(left.toString())) {
                Files.delete(file);
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "a script has removed the code of an earlier run");
        }
    }

    @Override
    public void ready(ServiceSpec service) {
        withFiles(service, files -> files.ready(service));
    }

    @Override
    public void exited(ServiceSpec service, long pid, ExitStatus status) {
        if (!service.finish().equals(Finish.NONE)) {
            lastDeath = new Death(service.name(), status, null);
        }
        withFiles(service, files -> files.exited(service, status));
        if (writable && service.name().equals(COMMAND)) {
            leaveCodeOfCommand(status.code());
        }
    }

    /** For the scripts of cont-finish.d; what somebody has written there before stays. */
    private void leaveCodeOfCommand(int code) {
        try {
            Files.writeString(run.forTheEnd(CODE_OF_COMMAND), Integer.toString(code), StandardOpenOption.CREATE_NEW);
            codeLeft = code;
        } catch (FileAlreadyExistsException e) {
            LOG.log(System.Logger.Level.DEBUG, "a script has chosen the code to end with");
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, CODE_OF_COMMAND + " cannot be written: " + FileTrouble.of(e));
        }
    }

    @Override
    public void finished(ServiceSpec service) {
        Death death = lastDeath;
        if (death != null && death.service().equals(service.name())) {
            lastDeath = new Death(death.service(), death.status(), System.nanoTime());
        }
        withFiles(service, ControlFiles::finished);
        ended.add(service.name());
    }

    /** Files of services whose run has ended are looked at again. */
    @Override
    public void told() {
        for (String name : ended) {
            Service shown = services.get(name);
            if (shown != null) {
                // Not here: a file on a hung mount must hold up nobody else. And not now: the cores are for the next
                // start.
                Thread.startVirtualThread(() -> {
                    try {
                        Thread.sleep(REREAD_AFTER);
                        reread(name, shown);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt(); // nobody does
                    }
                });
            }
        }
        ended.clear();
    }

    @Override
    public void failed(ServiceSpec service, String reason, int code) {
        withFiles(service, ControlFiles::failed);
    }

    @Override
    public void changed(ServiceSpec service, ServiceStatus status) {
        withFiles(service, files -> files.show(service, status));
        synchronized (news) {
            news.notifyAll();
        }
    }

    @Override
    public void removed(ServiceSpec service) {
        Service shown = services.remove(service.name());
        if (shown != null) {
            shown.files().close();
        }
    }

    private void withFiles(ServiceSpec service, Consumer<ControlFiles> action) {
        Service shown = services.get(service.name());
        if (shown != null) {
            action.accept(shown.files());
        }
    }

    @Override
    public void close() {
        services.values().forEach(service -> service.files().close());
        ControlPipe listening = scan;
        if (listening != null) {
            listening.close();
        }
        run.close();
    }
}
