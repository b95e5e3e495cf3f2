package muster.proof.architecture;

import static com.tngtech.archunit.core.domain.JavaModifier.SYNCHRONIZED;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static muster.proof.architecture.Calls.callAny;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.util.Calendar;
import java.util.Date;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;
import java.util.Timer;
import java.util.UUID;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;

/**
 * What the pure rooms must not touch, so that time, chance and the network are arguments and the simulator runs the
 * class files that production runs. Each rule forbids one way of reaching the world.
 */
final class Purity {
    private static final List<String> PLAIN_NET =
            List.of("java.net.URI", "java.net.URISyntaxException", "java.net.URLDecoder", "java.net.URLEncoder");

    private static final List<String> RANDOM_SOURCES = List.of(
            "java.util.Random",
            "java.util.SplittableRandom",
            "java.security.SecureRandom",
            "java.util.concurrent.ThreadLocalRandom",
            "java.util.random.RandomGeneratorFactory");

    static final ArchRule no_clock = noClasses()
            .that()
            .resideInAnyPackage(Rooms.PURE)
            .should(callAny(
                    "read a clock",
                    access -> access.getTargetOwner().isAssignableTo(Clock.class)
                            || access.getTargetOwner().isEquivalentTo(Calendar.class)
                            || access.getTargetOwner().isEquivalentTo(Date.class)
                            || (access.getTargetOwner().getPackageName().startsWith("java.time")
                                    && access.getName().equals("now"))
                            || Calls.is(access, System.class, "currentTimeMillis", "nanoTime")))
            .because("time is the argument nowNanos");

    static final ArchRule no_threads = noClasses()
            .that()
            .resideInAnyPackage(Rooms.PURE)
            .should()
            .dependOnClassesThat(
                    Calls.named("are threads, executors, locks or blocking queues", Purity::startsOrBlocksThreads))
            .because("whoever calls a pure room decides the thread");

    static final ArchRule no_waiting = noClasses()
            .that()
            .resideInAnyPackage(Rooms.PURE)
            .should(callAny(
                    "wait on a monitor or a time unit",
                    access -> Calls.is(access, Object.class, "wait", "notify", "notifyAll")
                            || Calls.is(access, TimeUnit.class, "sleep", "timedJoin", "timedWait")))
            .because("a pure room answers at once");

    // Balancing is left out: its backends are shared between event loops on purpose.
    static final ArchRule one_thread_at_a_time = noClasses()
            .that()
            .resideInAnyPackage(Rooms.GOSSIP, Rooms.SUPERVISOR_PURE)
            .should()
            .dependOnClassesThat(Calls.named(
                    "are made for sharing between threads",
                    type -> type.getPackageName().startsWith("java.util.concurrent")
                            && !type.isEquivalentTo(TimeUnit.class)))
            .because("these state machines belong to one thread at a time");

    static final ArchRule no_synchronized_methods = noMethods()
            .that()
            .areDeclaredInClassesThat()
            .resideInAnyPackage(Rooms.GOSSIP, Rooms.SUPERVISOR_PURE)
            .should()
            .haveModifier(SYNCHRONIZED)
            .because("these state machines belong to one thread at a time");

    static final ArchRule no_network = noClasses()
            .that()
            .resideInAnyPackage(Rooms.PURE)
            .should()
            .dependOnClassesThat(Calls.named(
                    "reach the network",
                    type -> type.getPackageName().startsWith("java.nio.channels")
                            || type.getPackageName().startsWith("javax.net")
                            || (type.getPackageName().startsWith("java.net") && !PLAIN_NET.contains(type.getName()))))
            .because("datagrams and streams are inputs and effects; even a name lookup blocks");

    static final ArchRule no_files = noClasses()
            .that()
            .resideInAnyPackage(Rooms.PURE)
            .should()
            .dependOnClassesThat(Calls.named(
                    "reach files",
                    type -> type.getPackageName().startsWith("java.nio.file")
                            || type.getName().startsWith("java.io.File")
                            || type.getName().equals("java.io.RandomAccessFile")
                            || type.getName().equals("java.io.Console")))
            .because("what is on disk is read by the shell and handed in");

    static final ArchRule no_chance_of_their_own = noClasses()
            .that()
            .resideInAnyPackage(Rooms.PURE)
            .should(callAny(
                    "make their own randomness",
                    access -> RANDOM_SOURCES.contains(access.getTargetOwner().getName())
                            || Calls.is(access, Math.class, "random")
                            || Calls.is(access, UUID.class, "randomUUID")
                            || Calls.is(access, java.util.random.RandomGenerator.class, "of", "getDefault")
                            || (Calls.is(access, java.util.Collections.class, "shuffle")
                                    && Calls.parameters(access) == 1)))
            .because("the generator is an argument, and its seed replays the run");

    static final ArchRule no_environment = noClasses()
            .that()
            .resideInAnyPackage(Rooms.PURE)
            .should(callAny(
                    "ask the process or its machine",
                    access -> Calls.is(
                                    access,
                                    System.class,
                                    "getenv",
                                    "getProperty",
                                    "getProperties",
                                    "lineSeparator",
                                    "out",
                                    "err",
                                    "in",
                                    "exit",
                                    "getLogger",
                                    "load",
                                    "loadLibrary")
                            || access.getTargetOwner().isEquivalentTo(Runtime.class)
                            || access.getTargetOwner().isAssignableTo(ProcessHandle.class)
                            || access.getTargetOwner().getPackageName().startsWith("java.util.logging")
                            || Calls.is(access, Locale.class, "getDefault")
                            || Calls.is(access, TimeZone.class, "getDefault")
                            || Calls.is(access, java.time.ZoneId.class, "systemDefault")
                            || Calls.is(access, java.nio.charset.Charset.class, "defaultCharset")
                            || Calls.is(access, Boolean.class, "getBoolean")
                            || Calls.is(access, Integer.class, "getInteger")
                            || Calls.is(access, Long.class, "getLong")))
            .because("the same inputs must give the same effects on every machine");

    static final ArchRule no_default_locale = noClasses()
            .that()
            .resideInAnyPackage(Rooms.PURE)
            .should(callAny(
                    "format in the machine's language",
                    access ->
                            (Calls.is(access, String.class, "format") && !Calls.firstParameterIs(access, Locale.class))
                                    || Calls.is(access, String.class, "formatted")
                                    || (Calls.is(access, String.class, "toLowerCase", "toUpperCase")
                                            && Calls.parameters(access) == 0)))
            .because("digits and letter case differ between locales; use Locale.ROOT");

    static final ArchRule no_salted_order = noClasses()
            .that()
            .resideInAnyPackage(Rooms.PURE)
            .should(callAny("depend on an order that changes between runs", Purity::hasSaltedOrder))
            .because("Set.of and Map.of are salted at each JVM start and identity hashes differ; use List.of, EnumSet,"
                    + " TreeMap, LinkedHashMap or a switch");

    static final ArchRule only_the_linux_edge_is_native = noClasses()
            .that()
            .resideOutsideOfPackage(Rooms.SUPERVISOR_LINUX)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.lang.foreign..")
            .because("native code is in one small package that can be read in one sitting");

    static final ArchRule only_the_demo_starts_processes_through_the_jdk = noClasses()
            .that()
            .resideOutsideOfPackage(Rooms.DEMO)
            .should(callAny(
                    "start a process through the JDK",
                    access -> access.getTargetOwner().isEquivalentTo(ProcessBuilder.class)
                            || Calls.is(access, Runtime.class, "exec")))
            .because("the JDK's own reaper and ours would take each other's exit statuses");

    static final ArchRule only_the_agent_ends_the_process = noClasses()
            .that()
            .resideOutsideOfPackage(Rooms.AGENT)
            .should(callAny(
                    "end the process",
                    access ->
                            Calls.is(access, System.class, "exit") || Calls.is(access, Runtime.class, "halt", "exit")))
            .because("a room reports; the program decides");

    static final ArchRule no_reflection = noClasses()
            .should(callAny(
                    "look inside by reflection",
                    access -> Calls.is(access, Class.class, "forName")
                            || access.getName().equals("setAccessible")
                            || access.getTargetOwner().isEquivalentTo(java.lang.reflect.Proxy.class)))
            .because("what is called must be visible to the compiler and to a reader's search");

    static final ArchRule every_package_has_its_door_sign = classes()
            .should(new InNullMarkedPackage())
            .because("package-info says what a package decides, and NullAway trusts only @NullMarked code");

    static final ArchRule names_say_what_a_thing_is = noClasses()
            .should()
            .haveNameMatching(".*(Manager|Helper|Utils?|Impl)(\\$.*)?")
            .because("such names hide that a noun is missing");

    private Purity() {}

    private static boolean startsOrBlocksThreads(JavaClass type) {
        String name = type.getName();
        return type.isEquivalentTo(Thread.class)
                || name.startsWith("java.lang.Thread$")
                || name.equals("java.lang.ThreadLocal")
                || name.equals("java.lang.ThreadGroup")
                || type.isAssignableTo(java.util.concurrent.Executor.class)
                || type.isEquivalentTo(java.util.concurrent.Executors.class)
                || type.isAssignableTo(java.util.concurrent.Future.class)
                || type.isAssignableTo(java.util.concurrent.CompletionStage.class)
                || type.isAssignableTo(java.util.concurrent.BlockingQueue.class)
                || type.isAssignableTo(java.util.concurrent.CountDownLatch.class)
                || type.isAssignableTo(java.util.concurrent.CyclicBarrier.class)
                || type.isAssignableTo(java.util.concurrent.Semaphore.class)
                || type.isAssignableTo(java.util.concurrent.Phaser.class)
                || type.isAssignableTo(java.util.concurrent.Exchanger.class)
                || type.getPackageName().equals("java.util.concurrent.locks")
                || type.isAssignableTo(Timer.class)
                || type.isAssignableTo(java.util.TimerTask.class);
    }

    private static boolean hasSaltedOrder(JavaAccess<?> access) {
        return Calls.is(access, java.util.Set.class, "of", "copyOf")
                || Calls.is(access, java.util.Map.class, "of", "copyOf", "ofEntries")
                || Calls.is(
                        access,
                        java.util.stream.Collectors.class,
                        "toSet",
                        "toUnmodifiableSet",
                        "toUnmodifiableMap",
                        "groupingByConcurrent")
                || (Calls.is(access, java.util.stream.Collectors.class, "toMap") && Calls.parameters(access) < 4)
                || (Calls.is(access, java.util.stream.Collectors.class, "groupingBy") && Calls.parameters(access) < 3)
                || access.getTargetOwner().isEquivalentTo(IdentityHashMap.class)
                || access.getTargetOwner().isEquivalentTo(WeakHashMap.class)
                || Calls.is(access, System.class, "identityHashCode")
                || access.getName().equals("parallelStream")
                || Calls.is(access, java.util.stream.Stream.class, "parallel");
    }
}
