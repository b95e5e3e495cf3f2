package muster.proof.system;

import java.util.Comparator;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.ClassOrdererContext;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Classes of which one has to wait for another begin first: left for the end, they would run alone, one after the other. */
public final class LockedFirst implements ClassOrderer {

    @Override
    public void orderClasses(ClassOrdererContext context) {
        context.getClassDescriptors().sort(Comparator.comparing(test -> !test.isAnnotated(ResourceLock.class)));
    }
}
