import type { PlanBrowser } from "./browser-plan.ts";
import { pemOf } from "./certificates.ts";

const EXECUTABLE = "/usr/lib/firefox-esr/firefox-esr";

/** Read at every start; one certificate a file is what `Certificates.Install` takes. */
const POLICY_FOLDER = "/etc/firefox/policies";

/** Firefox: preferences for how it runs, and enterprise policies for trust and for what it must not do by itself. */
export const planFirefox: PlanBrowser = ({ proxy, mdns = true, dumps, certificates }, profile) => {
  const authorities = certificates.map((base64, i) => ({
    path: `${POLICY_FOLDER}/authority-${i}.pem`,
    content: pemOf(base64),
  }));
  const policies = { ...POLICIES, Certificates: { Install: authorities.map(({ path }) => path) } };
  const preferences = {
    ...PREFERENCES,
    "media.peerconnection.ice.obfuscate_host_addresses": mdns,
    ...(proxy
      ? {
          // 1: by hand. Loopback, and with it the page, is direct in any case.
          "network.proxy.type": 1,
          "network.proxy.http": proxy.host,
          "network.proxy.http_port": proxy.port,
          "network.proxy.ssl": proxy.host,
          "network.proxy.ssl_port": proxy.port,
        }
      : { "network.proxy.type": 0 }),
  };
  return {
    executable: EXECUTABLE,
    args: [
      ...["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port=0"],
      // about:webrtc is a page of the browser itself, which automation may not touch without it.
      ...(dumps ? ["--remote-allow-system-access"] : []),
    ],
    // The last one: else a release does not heed `services.settings.server`.
    env: { MOZ_CRASHREPORTER_DISABLE: "1", MOZ_DATA_REPORTING: "0", MOZ_REMOTE_SETTINGS_DEVTOOLS: "1" },
    files: [...authorities, { path: `${POLICY_FOLDER}/policies.json`, content: JSON.stringify({ policies }, null, 2) }],
    profileFiles: [{ name: "user.js", content: userJs(preferences) }],
  };
};

function userJs(preferences: Record<string, unknown>): string {
  const lines = Object.entries(preferences).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  );
  return `${lines.join("\n")}\n`;
}

const POLICIES = {
  CaptivePortal: false,
  DisableAppUpdate: true,
  DisableFirefoxAccounts: true,
  DisableFirefoxStudies: true,
  DisableSystemAddonUpdate: true,
  DisableTelemetry: true,
  DNSOverHTTPS: { Enabled: false, Locked: true },
  DontCheckDefaultBrowser: true,
  ExtensionUpdate: false,
  NetworkPrediction: false,
  NoDefaultBookmarks: true,
  OfferToSaveLogins: false,
  OverrideFirstRunPage: "",
  OverridePostUpdatePage: "",
  SearchSuggestEnabled: false,
};

const NOWHERE = "data:,";

const PREFERENCES: Record<string, unknown> = {
  // Media without devices, and without anybody to ask.
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  "media.autoplay.default": 0,
  "media.autoplay.blocking_policy": 0,
  // Times of a test are not to be coarse, and a page that nobody looks at must run as if somebody did.
  "privacy.reduceTimerPrecision": false,
  "dom.min_background_timeout_value": 4,
  "dom.timeout.enable_budget_timer_throttling": false,
  "dom.ipc.processPriorityManager.enabled": false,
  "dom.ipc.reportProcessHangs": false,
  "dom.max_script_run_time": 0,
  // The lab has no network while its wires are plugged, which is no reason to work offline.
  "network.manage-offline-status": false,
  // Nothing in the background.
  "app.normandy.api_url": "",
  "app.normandy.enabled": false,
  "app.update.checkInstallTime": false,
  "app.update.disabledForTesting": true,
  "browser.contentblocking.report.monitor.enabled": false,
  "browser.newtabpage.enabled": false,
  "browser.newtabpage.activity-stream.feeds.system.topstories": false,
  "browser.newtabpage.activity-stream.feeds.asrouterfeed": false,
  "browser.pagethumbnails.capturing_disabled": true,
  "browser.region.network.url": "",
  "browser.region.update.enabled": false,
  "browser.safebrowsing.blockedURIs.enabled": false,
  "browser.safebrowsing.downloads.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.safebrowsing.update.enabled": false,
  "browser.search.update": false,
  "browser.search.serpEventTelemetryCategorization.enabled": false,
  "browser.sessionstore.resume_from_crash": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage": "about:blank",
  "browser.startup.homepage_override.mstone": "ignore",
  "browser.startup.page": 0,
  "browser.topsites.contile.enabled": false,
  "browser.translations.enable": false,
  "browser.uitour.enabled": false,
  "browser.urlbar.suggest.searches": false,
  "datareporting.healthreport.uploadEnabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "datareporting.usage.uploadEnabled": false,
  "dom.push.connection.enabled": false,
  "dom.push.enabled": false,
  "extensions.blocklist.enabled": false,
  "extensions.getAddons.cache.enabled": false,
  "extensions.installDistroAddons": false,
  "extensions.systemAddon.update.enabled": false,
  "extensions.update.enabled": false,
  "geo.provider.network.url": "",
  "media.gmp-manager.updateEnabled": false,
  "media.gmp-manager.url": NOWHERE,
  "messaging-system.rsexperimentloader.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.dns.disablePrefetch": true,
  "network.http.speculative-parallel-limit": 0,
  "network.predictor.enabled": false,
  "network.prefetch-next": false,
  // 5: off, by choice.
  "network.trr.mode": 5,
  "security.certerrors.mitm.priming.enabled": false,
  "security.remote_settings.crlite_filters.enabled": false,
  "security.remote_settings.intermediates.enabled": false,
  "services.settings.server": `${NOWHERE}#remote-settings-dummy/v1`,
  "signon.management.page.breach-alerts.enabled": false,
  "signon.rememberSignons": false,
  "startup.homepage_welcome_url": "about:blank",
  "toolkit.startup.max_resumed_crashes": -1,
  "toolkit.telemetry.enabled": false,
  "toolkit.telemetry.server": NOWHERE,
  "toolkit.telemetry.unified": false,
};
