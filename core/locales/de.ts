/** All messages in German, by area. */
import certificate from './de/certificate.json' with { type: 'json' };
import cli from './de/cli.json' with { type: 'json' };
import common from './de/common.json' with { type: 'json' };
import compare from './de/compare.json' with { type: 'json' };
import components from './de/components.json' with { type: 'json' };
import demo from './de/demo.json' with { type: 'json' };
import configure from './de/configure.json' with { type: 'json' };
import deploy from './de/deploy.json' with { type: 'json' };
import drawing from './de/drawing.json' with { type: 'json' };
import files from './de/files.json' with { type: 'json' };
import gateway from './de/gateway.json' with { type: 'json' };
import handover from './de/handover.json' with { type: 'json' };
import infrastructure from './de/infrastructure.json' with { type: 'json' };
import manual from './de/manual.json' with { type: 'json' };
import media from './de/media.json' with { type: 'json' };
import plan from './de/plan.json' with { type: 'json' };
import rotate from './de/rotate.json' with { type: 'json' };
import rules from './de/rules.json' with { type: 'json' };
import secrets from './de/secrets.json' with { type: 'json' };
import site from './de/site.json' with { type: 'json' };
import smtp from './de/smtp.json' with { type: 'json' };
import ssh from './de/ssh.json' with { type: 'json' };
import steps from './de/steps.json' with { type: 'json' };
import storage from './de/storage.json' with { type: 'json' };
import summary from './de/summary.json' with { type: 'json' };
import vsphere from './de/vsphere.json' with { type: 'json' };
import wizard from './de/wizard.json' with { type: 'json' };
import worksheet from './de/worksheet.json' with { type: 'json' };

export const areas = {
  certificate,
  cli,
  common,
  compare,
  components,
  demo,
  configure,
  deploy,
  drawing,
  files,
  gateway,
  handover,
  infrastructure,
  manual,
  media,
  plan,
  rotate,
  rules,
  secrets,
  site,
  smtp,
  ssh,
  steps,
  storage,
  summary,
  vsphere,
  wizard,
  worksheet,
};
