/** All messages in German, by area. */
import cli from './de/cli.json' with { type: 'json' };
import common from './de/common.json' with { type: 'json' };
import components from './de/components.json' with { type: 'json' };
import demo from './de/demo.json' with { type: 'json' };
import deploy from './de/deploy.json' with { type: 'json' };
import infrastructure from './de/infrastructure.json' with { type: 'json' };
import plan from './de/plan.json' with { type: 'json' };
import steps from './de/steps.json' with { type: 'json' };
import vsphere from './de/vsphere.json' with { type: 'json' };
import wizard from './de/wizard.json' with { type: 'json' };

export const areas = {
  cli,
  common,
  components,
  demo,
  deploy,
  infrastructure,
  plan,
  steps,
  vsphere,
  wizard,
};
