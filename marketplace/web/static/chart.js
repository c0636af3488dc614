/* SPDX-License-Identifier: AGPL-3.0-or-later */
// Draws each [data-chart] from plain values (macros/charts.html says which). The table after the chart holds the same
// figures, so the drawing is hidden from assistive technology.
(() => {
  const language = document.documentElement.lang;
  const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const compact = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const colours = ["#0066cc", "#008055", "#995c00", "#cc334d", "#5c6f82", "#6a3fb5", "#00767a", "#8a4b08"];
  const words = { fontFamily: getComputedStyle(document.body).fontFamily, color: "#1a1a1a", fontSize: 14 };

  function common(chart) {
    const unit = (value) => (value == null ? "–" : `${numbers.format(value)} ${chart.unit}`);
    return {
      color: colours,
      textStyle: words,
      animation: !still,
      tooltip: { renderMode: "richText", confine: true, valueFormatter: unit },
    };
  }

  function axes(chart, narrow) {
    const lines = chart.kind === "line";
    return {
      ...common(chart),
      tooltip: { ...common(chart).tooltip, trigger: "axis" },
      legend: { bottom: 0, type: "scroll", show: chart.series.length > 1 },
      grid: { left: 8, right: 8, top: 32, bottom: chart.series.length > 1 ? 40 : 8, containLabel: true },
      xAxis: { type: "category", data: chart.categories, axisLabel: { rotate: narrow ? 60 : 0, hideOverlap: true } },
      yAxis: { type: "value", name: chart.unit, axisLabel: { formatter: (value) => compact.format(value) } },
      series: chart.series.map((one) => ({
        name: one.name,
        type: lines ? "line" : "bar",
        stack: chart.kind === "stacked" ? "all" : undefined,
        symbolSize: 8,
        data: one.values,
      })),
    };
  }

  function flows(chart, narrow) {
    return {
      ...common(chart),
      series: [
        {
          type: "sankey",
          data: chart.nodes,
          links: chart.links,
          left: 8,
          right: narrow ? 96 : 180,
          top: 16,
          bottom: 16,
          nodeGap: narrow ? 8 : 12,
          label: { ...words, fontSize: narrow ? 11 : 14, width: narrow ? 88 : 170, overflow: "truncate" },
          lineStyle: { color: "source", opacity: 0.35 },
          emphasis: { focus: "adjacency" },
        },
      ],
    };
  }

  function draw(place) {
    const chart = JSON.parse(place.dataset.chart);
    const option = (narrow) => (chart.kind === "sankey" ? flows(chart, narrow) : axes(chart, narrow));
    place.classList.add("drawn");
    const drawing = window.echarts.init(place, null, { renderer: "svg" });
    const again = () => {
      drawing.resize();
      drawing.setOption(option(place.clientWidth < 560), true);
    };
    again();
    new ResizeObserver(again).observe(place);
  }

  document.querySelectorAll("[data-chart]").forEach(draw);
})();
