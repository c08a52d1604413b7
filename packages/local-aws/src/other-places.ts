import type { ImageStore } from "./engines/engine.ts";
import { simulatedTasks } from "./engines/simulated/tasks.ts";
import type { AccountRegion } from "./protocol/addressing.ts";
import type { LocalService } from "./protocol/service.ts";
import type { Scenario } from "./scenario/scenario.ts";
import { createCloudWatch } from "./services/cloudwatch/cloudwatch.ts";
import { createEcs } from "./services/ecs/ecs.ts";
import type { BusEvent } from "./services/eventbridge/bus.ts";
import { createEventBridge } from "./services/eventbridge/eventbridge.ts";
import { createLogs } from "./services/logs/logs.ts";
import { createScheduler } from "./services/scheduler/scheduler.ts";
import { createSecretsManager } from "./services/secretsmanager/secretsmanager.ts";
import { createServiceQuotas } from "./services/servicequotas/servicequotas.ts";
import { createSsm } from "./services/ssm/ssm.ts";
import type { World } from "./world/world.ts";

export type OtherPlacesOptions = {
  /** The world at home; clock and chance are the same everywhere. */
  world: World;
  scenario: Scenario;
  /** Home's registry, from which accounts elsewhere pull. */
  images: ImageStore;
  /** Told of the events on every place's own bus. */
  onEvent: (event: BusEvent) => void;
};

/**
 * What there is in other regions and accounts: that of AWS in which an environment runs. A place is empty until somebody
 * creates something there, and knows nothing of the others. The scenario's alarms are everywhere, and each place counts its
 * `times` for itself.
 */
export function createOtherPlaces(options: OtherPlacesOptions): (place: AccountRegion) => readonly LocalService[] {
  const { scenario, images } = options;
  return (place) => {
    const world: World = {
      ...options.world,
      ...place,
      random: () => options.world.random(),
      emit: (event) => events.emit(event),
      log: (group, stream, lines) => logs.append(group, stream, lines),
    };
    const logs = createLogs(world);
    const events = createEventBridge(world, scenario);
    events.onEvent(options.onEvent);
    const cloudWatch = createCloudWatch(world, scenario);
    const engine = simulatedTasks({
      clock: world.clock,
      random: () => world.random(),
      log: (group, stream, lines) => logs.append(group, stream, lines),
      images,
      rules: scenario.tasks,
      signals: cloudWatch.signals,
    });
    return [
      cloudWatch,
      createEcs(world, { images, engine, alarms: cloudWatch }),
      events,
      logs,
      createScheduler(world),
      createSecretsManager(world),
      createServiceQuotas(world, scenario),
      createSsm(world),
    ].map(({ service }) => service);
  };
}
