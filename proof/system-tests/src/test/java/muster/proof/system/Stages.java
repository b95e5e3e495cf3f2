package muster.proof.system;

import muster.proof.harness.Stage;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives a test its {@link Stage}, clears it afterwards, and prints what the processes said when the test failed. */
final class Stages implements ParameterResolver, AfterEachCallback {

    private static final ExtensionContext.Namespace HERE = ExtensionContext.Namespace.create(Stages.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        return parameter.getParameter().getType() == Stage.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        return test.getStore(HERE).computeIfAbsent(Stage.class); // closed by the store, in any case
    }

    @Override
    public void afterEach(ExtensionContext test) {
        var stage = test.getStore(HERE).get(Stage.class, Stage.class);
        if (stage != null && test.getExecutionException().isPresent()) {
            System.out.println(
                    "════ " + test.getRequiredTestClass().getSimpleName() + "." + test.getDisplayName() + " failed");
            stage.describe(System.out::println);
        }
    }
}
