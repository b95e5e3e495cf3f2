package muster.proof.architecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Questions about one call, method reference or field access, in words the rules can use. */
final class Calls {
    private Calls() {}

    /** Met by a class for each of its accesses that fits: for use behind {@code noClasses().should(...)}. */
    static ArchCondition<JavaClass> callAny(String description, Predicate<JavaAccess<?>> forbidden) {
        return new ArchCondition<>(description) {
            @Override
            public void check(JavaClass item, ConditionEvents events) {
                var accesses = new ArrayList<JavaAccess<?>>(item.getAccessesFromSelf());
                // "Foo::now" is no call in the byte code, yet it ends in one.
                accesses.addAll(item.getMethodReferencesFromSelf());
                accesses.addAll(item.getConstructorReferencesFromSelf());
                for (JavaAccess<?> access : accesses) {
                    if (forbidden.test(access)) {
                        events.add(SimpleConditionEvent.satisfied(access, access.getDescription()));
                    }
                }
            }
        };
    }

    static DescribedPredicate<JavaClass> named(String description, Predicate<JavaClass> test) {
        return DescribedPredicate.describe(description, test);
    }

    static boolean is(JavaAccess<?> access, Class<?> owner, String... names) {
        return access.getTargetOwner().isEquivalentTo(owner) && List.of(names).contains(access.getName());
    }

    static int parameters(JavaAccess<?> access) {
        return access.getTarget() instanceof CodeUnitAccessTarget unit
                ? unit.getRawParameterTypes().size()
                : 0;
    }

    static boolean firstParameterIs(JavaAccess<?> access, Class<?> type) {
        return access.getTarget() instanceof CodeUnitAccessTarget unit
                && !unit.getRawParameterTypes().isEmpty()
                && unit.getRawParameterTypes().get(0).isEquivalentTo(type);
    }
}
