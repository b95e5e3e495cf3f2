package muster.proof.harness;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * One test's containers, on a network of their own where they find each other by name. {@link #close} removes all of it. Safe to use
 * from any thread.
 */
public final class Containers implements AutoCloseable {

    /** On a busy machine an app may take more than the usual second to say that it is well. */
    private static final String SLOW_IS_NOT_SICK = "20s";

    private final Podman podman;
    private final String site = "muster-proof-" + UUID.randomUUID().toString().substring(0, 8);
    private final List<Container> containers = new CopyOnWriteArrayList<>();
    private final Thread atExit = new Thread(this::removeAll);

    public Containers(Podman podman) {
        this.podman = podman;
        podman.run("network", "create", site).orFail();
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** The balancer {@code ha}, with its ports published on loopback; not yet started. */
    public Container balancer(String... flags) {
        var all = new ArrayList<>(List.of("--publish=127.0.0.1::80", "--publish=127.0.0.1::1936"));
        all.addAll(Arrays.asList(flags));
        return create("ha", "muster-balancer", all, List.of());
    }

    /** The web app under {@code muster run}, joining {@code ha}; not yet started. */
    public Container backend(String name, String... flags) {
        var all = new ArrayList<>(List.of("--env=MUSTER_PROBE_TIMEOUT=" + SLOW_IS_NOT_SICK));
        all.addAll(Arrays.asList(flags));
        return create(name, "muster-webapp", all, List.of());
    }

    /**
     * A container of an image of ours; not yet started.
     *
     * @param flags of {@code podman create}
     * @param command instead of the image's own; none for that
     */
    public Container create(String name, String image, List<String> flags, List<String> command) {
        var wholeName = site + "-" + name;
        var create = new ArrayList<>(List.of(
                "create", "--name=" + wholeName, "--hostname=" + name, "--network=" + site, "--network-alias=" + name));
        create.addAll(podman.ownShare());
        create.addAll(flags);
        create.add(podman.image(image));
        create.addAll(command);
        podman.run(create).orFail();
        var container = new Container(podman, wholeName, name);
        containers.add(container);
        return container;
    }

    /** What every container said: what one wants to read after a failure. */
    public void describe(Consumer<String> out) {
        for (var container : containers) {
            out.accept("──── " + container);
            out.accept(container.log());
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        removeAll();
    }

    private void removeAll() {
        var remove = new ArrayList<>(List.of("rm", "--force", "--ignore", "--time=0"));
        containers.forEach(container -> remove.add(container.wholeName()));
        if (!containers.isEmpty()) {
            podman.run(remove).orFail();
        }
        podman.run("network", "rm", site).orFail();
    }
}
