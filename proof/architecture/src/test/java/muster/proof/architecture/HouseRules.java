package muster.proof.architecture;

import com.tngtech.archunit.lang.ArchRule;
import java.lang.reflect.Field;
import java.util.List;
import java.util.TreeMap;

/** All rules by name: every {@link ArchRule} field of {@link Arrows} and {@link Purity}, so that none can be forgotten. */
final class HouseRules {
    private static final TreeMap<String, ArchRule> RULES = collect(Arrows.class, Purity.class);

    private HouseRules() {}

    static List<String> names() {
        return List.copyOf(RULES.keySet());
    }

    static ArchRule named(String name) {
        ArchRule rule = RULES.get(name);
        if (rule == null) {
            throw new IllegalArgumentException("no rule is called " + name);
        }
        return rule;
    }

    private static TreeMap<String, ArchRule> collect(Class<?>... holders) {
        var rules = new TreeMap<String, ArchRule>();
        for (Class<?> holder : holders) {
            for (Field field : holder.getDeclaredFields()) {
                if (field.getType() == ArchRule.class) {
                    try {
                        rules.put(field.getName(), (ArchRule) field.get(null));
                    } catch (IllegalAccessException e) {
                        throw new IllegalStateException(field + " must not be private", e);
                    }
                }
            }
        }
        return rules;
    }
}
