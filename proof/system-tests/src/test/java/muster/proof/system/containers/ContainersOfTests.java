package muster.proof.system.containers;

import muster.proof.harness.Containers;
import muster.proof.harness.Podman;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.opentest4j.TestAbortedException;

/**
 * Builds the images once, gives a test its {@link Containers}, removes them afterwards, and prints what they said when the test failed. Skips
 * the tests aloud where podman runs no container.
 */
final class ContainersOfTests implements BeforeAllCallback, ParameterResolver, AfterTestExecutionCallback {

    private static final ExtensionContext.Namespace HERE = ExtensionContext.Namespace.create(ContainersOfTests.class);

    @Override
    public void beforeAll(ExtensionContext tests) {
        podman(tests);
    }

    private static Podman podman(ExtensionContext test) {
        return test.getRoot().getStore(HERE).computeIfAbsent(Podman.class, _ -> build(), Podman.class);
    }

    private static Podman build() {
        try {
            return Podman.withImages();
        } catch (Podman.Unavailable e) {
            System.out.println("════ SKIPPED, the tests with containers: " + e.getMessage());
            throw new TestAbortedException(e.getMessage(), e);
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        var type = parameter.getParameter().getType();
        return type == Containers.class || type == Podman.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        if (parameter.getParameter().getType() == Podman.class) {
            return podman(test);
        }
        return test.getStore(HERE).computeIfAbsent(Containers.class, _ -> new Containers(podman(test)));
    }

    @Override
    public void afterTestExecution(ExtensionContext test) {
        var containers = test.getStore(HERE).get(Containers.class, Containers.class);
        if (containers != null && test.getExecutionException().isPresent()) {
            System.out.println("════ " + test.getDisplayName() + " failed");
            containers.describe(System.out::println);
        }
    }
}
