/** All messages in French, by area. */
import certificate from './fr/certificate.json' with { type: 'json' };
import cli from './fr/cli.json' with { type: 'json' };
import common from './fr/common.json' with { type: 'json' };
import compare from './fr/compare.json' with { type: 'json' };
import components from './fr/components.json' with { type: 'json' };
import demo from './fr/demo.json' with { type: 'json' };
import configure from './fr/configure.json' with { type: 'json' };
import deploy from './fr/deploy.json' with { type: 'json' };
import drawing from './fr/drawing.json' with { type: 'json' };
import files from './fr/files.json' with { type: 'json' };
import gateway from './fr/gateway.json' with { type: 'json' };
import handover from './fr/handover.json' with { type: 'json' };
import infrastructure from './fr/infrastructure.json' with { type: 'json' };
import manual from './fr/manual.json' with { type: 'json' };
import media from './fr/media.json' with { type: 'json' };
import plan from './fr/plan.json' with { type: 'json' };
import rotate from './fr/rotate.json' with { type: 'json' };
import rules from './fr/rules.json' with { type: 'json' };
import secrets from './fr/secrets.json' with { type: 'json' };
import site from './fr/site.json' with { type: 'json' };
import smtp from './fr/smtp.json' with { type: 'json' };
import ssh from './fr/ssh.json' with { type: 'json' };
import steps from './fr/steps.json' with { type: 'json' };
import storage from './fr/storage.json' with { type: 'json' };
import summary from './fr/summary.json' with { type: 'json' };
import vsphere from './fr/vsphere.json' with { type: 'json' };
import wizard from './fr/wizard.json' with { type: 'json' };
import worksheet from './fr/worksheet.json' with { type: 'json' };

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
